import { createHash } from 'node:crypto';

import { stringify } from 'yaml';

/** https://docs.docker.com/reference/compose-file/services/#healthcheck */
export interface HealthCheck {
  readonly test: readonly string[];
  readonly interval: string;
  readonly timeout: string;
  readonly retries: number;
  readonly start_period: string;
}

/** As on ECS, where the check that an image may have does not count: a task is healthy while its process runs. */
export const noHealthCheck = { disable: true } as const;

interface UpdateConfig {
  readonly order: 'start-first' | 'stop-first';
  readonly parallelism: number;
  readonly delay: string;
  readonly monitor: string;
  readonly max_failure_ratio: number;
  readonly failure_action?: 'rollback' | 'pause';
}

export interface Deployment {
  readonly replicas: number;
  readonly endpoint_mode: 'dnsrr';
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: { readonly limits: { readonly memory: string; readonly cpus?: string } };
  readonly update_config: UpdateConfig;
  readonly rollback_config?: UpdateConfig;
  readonly restart_policy: { readonly condition: 'any'; readonly delay: string };
}

export type Mount =
  | { readonly type: 'tmpfs'; readonly target: string; readonly tmpfs?: { readonly size: number } }
  | { readonly type: 'volume'; readonly source: string; readonly target: string };

interface FileReference {
  readonly source: string;
  readonly target: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
}

/** The part of a Compose service that `docker stack deploy` honours and we use. */
export interface SwarmService {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly working_dir?: string;
  readonly user?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly ulimits?: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  /** Values in which `$` is doubled, and `${NAME}` where the deploying process's environment has a secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly Mount[];
  readonly secrets?: readonly FileReference[];
  readonly configs?: readonly FileReference[];
  readonly networks: Readonly<Record<string, { readonly aliases: readonly string[] }>>;
  readonly stop_grace_period: string;
  readonly stop_signal?: string;
  readonly healthcheck: HealthCheck | typeof noHealthCheck;
  readonly labels: Readonly<Record<string, string>>;
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly deploy: Deployment;
}

export interface StackDocument {
  readonly version: '3.8';
  readonly services: Readonly<Record<string, SwarmService>>;
  readonly networks: Readonly<Record<string, { readonly external: true; readonly name: string }>>;
  readonly volumes?: Readonly<Record<string, { readonly external: true; readonly name: string }>>;
  readonly secrets?: Readonly<Record<string, { readonly name: string; readonly file: string }>>;
  readonly configs?: Readonly<Record<string, { readonly name: string; readonly file: string }>>;
}

/** Logs are kept until the task is gone, and never more than this. */
export const logging = { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } } as const;

/** Which environment and service a Docker object belongs to, and what it was rendered from. */
export const labelNames = {
  project: 'stack.project',
  instance: 'stack.instance',
  environment: 'stack.environment',
  checkout: 'stack.checkout',
  /** On the network of an environment that expires: the one that it was made from. */
  madeFrom: 'stack.made-from',
  service: 'stack.service',
  /** On the container of a process that runs to its end: `schedule` or `once`. */
  job: 'stack.job',
  /** On Prometheus and its exporters, which are no service of the environment: their own name. */
  watcher: 'stack.watcher',
  /** On the scheduler: what it starts. */
  starts: 'stack.starts',
  /** Version of the release. */
  release: 'stack.release',
  /** Hash of what a task is started from: tasks with another one are older. */
  revision: 'stack.revision',
  /** Hash over the versions of the secrets that its tasks start with. */
  secrets: 'stack.secrets',
  /** When `restart` last replaced its tasks. */
  restarted: 'stack.restarted',
  /** Which data a server holds: another one starts empty. */
  data: 'stack.data',
  /** Which resources of AWS a server stands in for, by their names. */
  standsIn: 'stack.stands-in',
  /** Hash of the whole service, the number of its tasks included. */
  rendered: 'stack.rendered',
} as const;

/** Docker reads YAML 1.1, to which a bare `no` is false. */
export function renderStack(document: StackDocument): string {
  return stringify(document, { lineWidth: 0, version: '1.1' });
}

/** Short, and long enough that two documents never collide. */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** `docker stack deploy` substitutes `$NAME`: a literal dollar is doubled. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}
