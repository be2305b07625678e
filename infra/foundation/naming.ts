import { expiringPrefix } from '../settings/environment-name.ts';
import type { Settings } from '../settings/settings.ts';

/** Maximum lengths of names. Source: the API reference of each service, such as https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html */
export const nameLimits = Object.freeze({
  loadBalancer: 32,
  role: 64,
  database: 63,
  replicationGroup: 40,
  /** S3 appends 26 characters to a prefix. */
  bucketPrefix: 36,
  default: 128,
});

export type NamedThing = keyof typeof nameLimits;

const project = 'nest-fargate';

/** Names and tags of everything that belongs to one environment. */
export interface Naming {
  /** `nest-fargate-staging`. */
  readonly prefix: string;
  readonly environment: string;
  readonly tags: Readonly<{ Project: string; Environment: string; ManagedBy: string; MadeFrom?: string }>;
}

/** Every name and tag contains the environment, so that several environments fit into one account. */
export function deriveNaming({ environment, expiry }: Pick<Settings, 'environment' | 'expiry'>): Naming {
  return Object.freeze({
    prefix: `${project}-${environment}`,
    environment,
    tags: Object.freeze({
      Project: project,
      Environment: environment,
      ManagedBy: 'pulumi',
      // What `stack prune` looks for before it removes anything.
      ...(expiry === undefined ? {} : { MadeFrom: expiry.from }),
    }),
  });
}

/**
 * Names and tags as patterns of IAM: those of every environment that expires, and of no other. Compare tags with
 * `StringLike`, as the functions of statement.ts do.
 */
export function expiringNaming(): Naming {
  return deriveNaming({ environment: `${expiringPrefix}*` });
}

export function isPattern({ environment }: Naming): boolean {
  return environment.includes('*');
}

/** Of the environment whose settings those of pull requests are made from: name of the policy that bounds their roles. */
export function boundaryNameOfExpiring(naming: Naming): string {
  return physicalName(naming, 'pr-boundary');
}

/** How many more characters the longest name of an environment has than the pattern that stands for it. */
const patternRoom = 20 - `${expiringPrefix}*`.length;

/**
 * Physical name in AWS, such as `nest-fargate-staging-api`. A name that exceeds its limit is truncated and ends in a hash
 * of the full name, so that long names do not collide. Of a pattern, a name that may be truncated is its beginning.
 */
export function physicalName(naming: Naming, role: string, thing: NamedThing = 'default'): string {
  const whole = role === '' ? naming.prefix : `${naming.prefix}-${role}`;
  const limit = nameLimits[thing];
  if (isPattern(naming)) return whole.length + patternRoom > limit ? naming.prefix : whole;
  if (whole.length <= limit) return whole;
  const hash = fnv1a(whole);
  return `${whole.slice(0, limit - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/**
 * Path of the parameter that holds a secret of the app. Not under the path of the ledger, which workflows read: with the
 * AWS managed key, whoever may read a parameter may decrypt it.
 */
export function secretParameter({ environment }: Pick<Settings, 'environment'>, name: string): string {
  return `/${project}-secrets/${environment}/${name}`;
}

/**
 * Log group that keeps the events of tasks that stopped. Not below `/ecs/`, where a process of the app may have that name;
 * the console offers only those below `/aws/events/` as targets of a rule.
 */
export function stoppedTasksLog(naming: Naming): string {
  return `/aws/events/${physicalName(naming, 'stopped-tasks')}`;
}

/** ECS's group of the tasks that the schedule of a process starts: those that a person starts are in another. */
export function runsOf(naming: Naming, process: string): string {
  return physicalName(naming, `${process}-schedule`);
}

/** CloudWatch namespace of the metrics that the app writes to its log. */
export function metricsNamespace({ environment }: Pick<Settings, 'environment'>): string {
  return `${project}/${environment}`;
}

/** Distinguishes names. Not cryptographic, and needs no core module. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
