import { z } from 'zod';

import type { Docker } from '../engine/docker.ts';
import { bindMount } from '../engine/path-arguments.ts';
import { loadBalancerPorts } from '../translate/load-balancer.ts';
import { fingerprint, labelNames, logging } from '../translate/stack-document.ts';

export interface LoadBalancerContainer {
  readonly name: string;
  readonly image: string;
  readonly network: string;
  readonly port: number;
  /** Folder with `haproxy.cfg`, which the container reads again when it is told to. */
  readonly configFolder: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const configFile = 'haproxy.cfg';
const configFolder = '/usr/local/etc/haproxy';

/**
 * The load balancer's command line. It is not a Swarm service: those publish ports on all of the machine's addresses, and
 * a development stack belongs on the loopback interface.
 */
export function loadBalancerArguments(container: LoadBalancerContainer): string[] {
  const run = [
    '--network',
    container.network,
    '--publish',
    `127.0.0.1:${container.port}:${loadBalancerPorts.traffic}`,
    '--publish',
    `127.0.0.1::${loadBalancerPorts.statistics}`,
    ...bindMount(container.configFolder, configFolder),
    '--restart',
    'unless-stopped',
    '--init',
    '--read-only',
    '--memory',
    '256m',
    '--log-driver',
    logging.driver,
    ...Object.entries(logging.options).flatMap(([name, value]) => ['--log-opt', `${name}=${value}`]),
  ];
  const command = [container.image, 'haproxy', '-W', '-db', '-f', `${configFolder}/${configFile}`];
  const labels = { ...container.labels, [labelNames.rendered]: fingerprint([run, command]) };
  const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  return ['run', '--detach', '--name', container.name, ...run, ...flags, ...command];
}

/** The label that the container would have: shows whether a running one is up to date. */
export function renderedLabel(container: LoadBalancerContainer): string {
  const prefix = `${labelNames.rendered}=`;
  return (
    loadBalancerArguments(container)
      .find((argument) => argument.startsWith(prefix))
      ?.slice(prefix.length) ?? ''
  );
}

export interface LoadBalancerState {
  readonly running: boolean;
  readonly rendered: string | undefined;
  readonly port: number | undefined;
  readonly statisticsPort: number | undefined;
}

const ports = z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullish());

const stateSchema = z.object({
  State: z.object({ Running: z.boolean() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
  HostConfig: z.object({ PortBindings: ports.nullish() }),
  NetworkSettings: z.object({ Ports: ports.nullish() }),
});

/** `undefined`: there is no such container. */
export async function inspectLoadBalancer(docker: Docker, name: string): Promise<LoadBalancerState | undefined> {
  const found = await docker.api.get(`/containers/${name}/json`);
  if (found === undefined) return undefined;
  const { State, Config, HostConfig, NetworkSettings } = stateSchema.parse(found);
  const portOf = (bindings: z.output<typeof ports> | null | undefined, port: number) => {
    const bound = bindings?.[`${port}/tcp`]?.[0]?.HostPort;
    return bound === undefined || bound === '' ? undefined : Number(bound);
  };
  return {
    running: State.Running,
    rendered: Config.Labels[labelNames.rendered],
    port: portOf(HostConfig.PortBindings, loadBalancerPorts.traffic),
    statisticsPort: portOf(NetworkSettings.Ports, loadBalancerPorts.statistics),
  };
}

/**
 * Addresses of the tasks that get requests, as the load balancer reports them; `undefined` when it does not answer.
 * https://docs.haproxy.org/2.6/management.html#9.1 (fields pxname, svname, status, addr)
 */
export async function servingAddresses(
  statisticsPort: number,
  backend: string,
): Promise<readonly string[] | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${statisticsPort}/stats;csv`, { signal: AbortSignal.timeout(2000) });
    return answer.ok ? parseServing(await answer.text(), backend) : undefined;
  } catch {
    return undefined;
  }
}

export function parseServing(csv: string, backend: string): readonly string[] {
  const [header = '', ...rows] = csv.split('\n');
  const names = header.replace(/^# /, '').split(',');
  const field = (row: string, name: string) => row.split(',')[names.indexOf(name)] ?? '';
  return rows
    .filter(
      (row) =>
        field(row, 'pxname') === backend && field(row, 'status').startsWith('UP') && field(row, 'svname') !== 'BACKEND',
    )
    .map((row) => field(row, 'addr').replace(/:\d+$/, ''));
}
