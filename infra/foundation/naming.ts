import type { Settings } from '../settings/settings.ts';

/** Limits of names: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and so on. */
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
  readonly tags: Readonly<{ Project: string; Environment: string; ManagedBy: string }>;
}

/** Environments differ in their names only by their prefix, so that two of them fit into one account. */
export function deriveNaming(settings: Pick<Settings, 'environment'>): Naming {
  return Object.freeze({
    prefix: `${project}-${settings.environment}`,
    environment: settings.environment,
    tags: Object.freeze({ Project: project, Environment: settings.environment, ManagedBy: 'pulumi' }),
  });
}

/**
 * The name that AWS shows: `nest-fargate-staging-api`, cut to what AWS allows for such a thing. What had to be cut
 * ends in a hash of the whole name, so that two long names never meet.
 */
export function physicalName(naming: Naming, role: string, thing: NamedThing = 'default'): string {
  const whole = role === '' ? naming.prefix : `${naming.prefix}-${role}`;
  const limit = nameLimits[thing];
  if (whole.length <= limit) return whole;
  const hash = fnv1a(whole);
  return `${whole.slice(0, limit - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** CloudWatch namespace of the metrics that the app writes to its log. */
export function metricsNamespace({ environment }: Pick<Settings, 'environment'>): string {
  return `${project}/${environment}`;
}

/** A short hash that needs no crypto: it tells names apart, and hides nothing. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
