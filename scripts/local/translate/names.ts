/** Names of everything that the engine keeps for one environment. */
export interface Names {
  readonly stack: string;
  readonly dataStack: string;
  readonly network: string;
  readonly volume: string;
  readonly loadBalancer: string;
}

export function deriveNames(instance: string, environment: string): Names {
  const stack = `${instance}-${environment}`;
  return {
    stack,
    dataStack: `${stack}-data`,
    network: stack,
    volume: `${stack}-database`,
    loadBalancer: `${stack}-load-balancer`,
  };
}
