/**
 * What is billed, with the unit in which it is. No price is in here: AWS's own list is the only source that counts, and it
 * cannot be kept in a repository for every region without getting old. `--prices` asks it, or brings what somebody has read.
 */
export const billedUnits = Object.freeze({
  'fargate.x86.vcpu-hour': 'vCPU-hour',
  'fargate.x86.gb-hour': 'GB-hour',
  'fargate.arm.vcpu-hour': 'vCPU-hour',
  'fargate.arm.gb-hour': 'GB-hour',
  'fargate.spot.x86.vcpu-hour': 'vCPU-hour, at a variable price',
  'fargate.spot.x86.gb-hour': 'GB-hour, at a variable price',
  'fargate.spot.arm.vcpu-hour': 'vCPU-hour, at a variable price',
  'fargate.spot.arm.gb-hour': 'GB-hour, at a variable price',
  'alb.hour': 'hour',
  'alb.lcu-hour': 'LCU-hour',
  'ipv4.hour': 'address and hour',
  'nat.hour': 'hour',
  'nat.gb': 'GB',
  'endpoint.hour': 'zone and hour',
  'rds.db.t4g.micro.hour': 'hour',
  'rds.db.t4g.small.hour': 'hour',
  'rds.db.t4g.medium.hour': 'hour',
  'rds.db.t4g.large.hour': 'hour',
  'rds.db.t4g.xlarge.hour': 'hour',
  'rds.db.t4g.2xlarge.hour': 'hour',
  'rds.db.m7g.large.hour': 'hour',
  'rds.db.m7g.xlarge.hour': 'hour',
  'rds.db.m7g.2xlarge.hour': 'hour',
  'rds.db.m7g.4xlarge.hour': 'hour',
  'rds.db.r7g.large.hour': 'hour',
  'rds.db.r7g.xlarge.hour': 'hour',
  'rds.db.r7g.2xlarge.hour': 'hour',
  'rds.db.r7g.4xlarge.hour': 'hour',
  'rds.gp3.gb-month': 'GB-month',
  'rds.proxy.vcpu-hour': 'vCPU-hour of the instance',
  'valkey.cache.t4g.micro.hour': 'node-hour',
  'valkey.cache.t4g.small.hour': 'node-hour',
  'valkey.cache.t4g.medium.hour': 'node-hour',
  'valkey.cache.m7g.large.hour': 'node-hour',
  'valkey.cache.m7g.xlarge.hour': 'node-hour',
  'valkey.cache.r7g.large.hour': 'node-hour',
  'valkey.cache.r7g.xlarge.hour': 'node-hour',
  'logs.gb': 'GB written',
  'alarm.month': 'alarm',
  'dashboard.month': 'dashboard',
  'insights.service-month': 'service, by its metrics',
  'waf.acl-month': 'firewall',
  'waf.rule-month': 'rule',
  'waf.million-requests': 'million requests',
  'kms.key-month': 'key',
  'secret.month': 'secret',
  'ecr.gb-month': 'GB-month',
  'health-check.month': 'check',
  'health-check.https-month': 'check with HTTPS',
} satisfies Readonly<Record<string, string>>);

export type PriceKey = keyof typeof billedUnits;

export function isPriceKey(key: string): key is PriceKey {
  return key in billedUnits;
}

/** What a price list says, and since when. */
export interface ListedPrices {
  readonly prices: Prices;
  /** When AWS published the oldest of the offers that were read; ISO 8601. Absent: AWS was not asked, or had no price. */
  readonly published?: string;
}

/** Where prices come from: they are those of a region, and only what is billed is asked for. */
export type PriceSource = (region: string, keys: ReadonlySet<PriceKey>) => Promise<ListedPrices>;

/** In USD for one unit, on demand, as AWS's price list has them for the region of the environment. */
export type Prices = Readonly<Partial<Record<PriceKey, number>>>;
