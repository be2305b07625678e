/** Names of everything that the engine keeps for one environment. */
export interface Names {
  readonly stack: string;
  readonly dataStack: string;
  readonly network: string;
  readonly volume: string;
  /** Of what stands in for S3 and SQS. */
  readonly emulatorVolume: string;
  readonly loadBalancer: string;
  readonly scheduler: string;
  readonly prometheus: string;
  /** Of what Prometheus cannot ask itself, by the job that asks it. */
  readonly exporters: { readonly engine: string; readonly database: string; readonly valkey: string };
}

/**
 * A `-` joins, which instances and environments may contain themselves. So an environment whose name ends as the data stack
 * of another one does is joined by `_`, which neither contains: `docker stack deploy --prune` of `staging-data` would remove
 * staging's database. What else could meet under one name (`a-b` with `c`, `a` with `b-c`) is told apart by its labels.
 */
export function deriveNames(instance: string, environment: string): Names {
  const joint = /(^|-)data$/.test(environment) ? '_' : '-';
  const stack = `${instance}${joint}${environment}`;
  return {
    stack,
    dataStack: `${stack}${joint}data`,
    network: stack,
    volume: `${stack}-database`,
    emulatorVolume: `${stack}-emulator`,
    loadBalancer: `${stack}-load-balancer`,
    scheduler: `${stack}-scheduler`,
    prometheus: `${stack}-prometheus`,
    exporters: {
      engine: `${stack}-engine-exporter`,
      database: `${stack}-database-exporter`,
      valkey: `${stack}-valkey-exporter`,
    },
  };
}

/** Name of a release's image on this engine. */
export function imageReference(
  { instance, environment }: { readonly instance: string; readonly environment: string },
  version: string,
): string {
  return `${instance}/${environment}:${version}`;
}
