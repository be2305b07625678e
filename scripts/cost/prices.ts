/** Where a price was read, and when: nobody here can ask AWS's own price list. */
interface Source {
  readonly where: string;
  /** Of the source itself, as far as it says: `2026-09-09`, `2026-06`. */
  readonly date: string;
}

/** A price in USD, as its source has it. */
interface Price {
  readonly usd: number;
  readonly source: Source;
}

/** What is billed, with its unit. Prices by region; a region that is missing is one for which no source was found. */
export interface PricedItem {
  readonly unit: string;
  readonly prices: Readonly<Record<string, Price>>;
}

const frankfurt = 'eu-central-1';
const virginia = 'us-east-1';
/** For what AWS bills alike in every region. */
export const anyRegion = 'any region';

const sources = {
  frankfurtReport: {
    where: 'AWS Price List API for eu-central-1, as a public cost report quotes it',
    date: '2026-09-09',
  },
  frankfurtBill: {
    where: 'a public bill of an account in eu-central-1: amount by quantity, June 2026',
    date: '2026-06',
  },
  nodeList: {
    where: 'AWS Price List API for us-east-1, AmazonElastiCache, engine Valkey, in a public repository',
    date: '2026-10-02',
  },
  priceSnapshot: { where: 'AWS Price List for us-east-1, spot checks of a public snapshot', date: '2026-08-10' },
  cloudWatchList: { where: 'public on-demand rates in a CloudHealth price book', date: '2026-03-26' },
  fargateGuide: {
    where: 'https://cloudburn.io/blog/aws-fargate-pricing and https://vantage.sh/blog/fargate-pricing',
    date: '2026-04-01',
  },
  natGuide: {
    where: 'https://cloudpipelines.pages.dev/guides/aws-nat-gateway-pricing-2026/, the upper end for Frankfurt',
    date: '2026',
  },
  natList: { where: 'AWS Pricing API for us-east-1, in a public repository', date: '2025-10-28' },
  ipv4Guide: { where: 'https://cloudburn.io/blog/aws-nat-gateway-pricing', date: '2026-02-24' },
  rdsGuide: { where: 'https://infratally.com/articles/aws-rds-pricing-explained-2026.html', date: '2026' },
  rdsStorageGuide: {
    where: 'https://www.usage.ai/blogs/aws/reserved-instances/rds/pricing-calculator/',
    date: '2026-06',
  },
  endpointGuide: { where: 'https://www.usage.ai/blogs/aws-network-costs/ and public price lists', date: '2026-05' },
  wafGuide: { where: 'AWS: costs of Security Automations for AWS WAF, for us-east-1', date: '2026-11-21' },
  infracost: { where: 'expected results of infracost’s own tests', date: '2026-11-21' },
} as const satisfies Readonly<Record<string, Source>>;

const at = (usd: number, source: keyof typeof sources): Price => ({ usd, source: sources[source] });

/**
 * Dated list prices, on demand, without free tiers, discounts and taxes. A price that no source was found for is not in
 * here: an estimate then says that it is missing, instead of guessing it from another region.
 */
export const priceTable = Object.freeze({
  'fargate.x86.vcpu-hour': {
    unit: 'vCPU-hour',
    prices: { [frankfurt]: at(0.04656, 'frankfurtReport'), [virginia]: at(0.04048, 'fargateGuide') },
  },
  'fargate.x86.gb-hour': {
    unit: 'GB-hour',
    prices: { [frankfurt]: at(0.00511, 'frankfurtReport'), [virginia]: at(0.004445, 'fargateGuide') },
  },
  'fargate.arm.vcpu-hour': { unit: 'vCPU-hour', prices: { [virginia]: at(0.03238, 'fargateGuide') } },
  'fargate.arm.gb-hour': { unit: 'GB-hour', prices: { [virginia]: at(0.00356, 'fargateGuide') } },
  'fargate.spot.task-hour': { unit: 'task-hour', prices: {} },
  'alb.hour': {
    unit: 'hour',
    prices: { [frankfurt]: at(0.027, 'frankfurtBill'), [virginia]: at(0.0225, 'priceSnapshot') },
  },
  'alb.lcu-hour': { unit: 'LCU-hour', prices: { [virginia]: at(0.008, 'infracost') } },
  'ipv4.hour': { unit: 'address and hour', prices: { [anyRegion]: at(0.005, 'ipv4Guide') } },
  'nat.hour': { unit: 'hour', prices: { [frankfurt]: at(0.052, 'natGuide'), [virginia]: at(0.045, 'natList') } },
  'nat.gb': { unit: 'GB', prices: { [frankfurt]: at(0.052, 'natGuide'), [virginia]: at(0.045, 'natList') } },
  'endpoint.hour': {
    unit: 'zone and hour',
    prices: { [frankfurt]: at(0.012, 'frankfurtReport'), [virginia]: at(0.01, 'endpointGuide') },
  },
  'rds.db.t4g.micro.hour': {
    unit: 'hour',
    prices: { [frankfurt]: at(0.019, 'frankfurtBill'), [virginia]: at(0.016, 'rdsGuide') },
  },
  'rds.db.t4g.small.hour': { unit: 'hour', prices: { [virginia]: at(0.032, 'rdsGuide') } },
  'rds.db.t4g.medium.hour': { unit: 'hour', prices: { [virginia]: at(0.065, 'rdsGuide') } },
  'rds.db.t4g.large.hour': { unit: 'hour', prices: {} },
  'rds.db.t4g.xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.t4g.2xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.m7g.large.hour': { unit: 'hour', prices: {} },
  'rds.db.m7g.xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.m7g.2xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.m7g.4xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.r7g.large.hour': { unit: 'hour', prices: {} },
  'rds.db.r7g.xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.r7g.2xlarge.hour': { unit: 'hour', prices: {} },
  'rds.db.r7g.4xlarge.hour': { unit: 'hour', prices: {} },
  'rds.gp3.gb-month': {
    unit: 'GB-month',
    prices: { [frankfurt]: at(0.137, 'frankfurtBill'), [virginia]: at(0.115, 'rdsStorageGuide') },
  },
  'rds.proxy.hour': { unit: 'hour, for the vCPUs of the instance', prices: {} },
  'valkey.cache.t4g.micro.hour': { unit: 'node-hour', prices: { [virginia]: at(0.0128, 'nodeList') } },
  'valkey.cache.t4g.small.hour': { unit: 'node-hour', prices: { [virginia]: at(0.0256, 'nodeList') } },
  'valkey.cache.t4g.medium.hour': { unit: 'node-hour', prices: { [virginia]: at(0.052, 'nodeList') } },
  'valkey.cache.m7g.large.hour': { unit: 'node-hour', prices: { [virginia]: at(0.1264, 'nodeList') } },
  'valkey.cache.m7g.xlarge.hour': { unit: 'node-hour', prices: { [virginia]: at(0.252, 'nodeList') } },
  'valkey.cache.r7g.large.hour': { unit: 'node-hour', prices: { [virginia]: at(0.1752, 'nodeList') } },
  'valkey.cache.r7g.xlarge.hour': { unit: 'node-hour', prices: { [virginia]: at(0.3496, 'nodeList') } },
  'logs.gb': {
    unit: 'GB written',
    prices: { [frankfurt]: at(0.63, 'cloudWatchList'), [virginia]: at(0.5, 'cloudWatchList') },
  },
  'alarm.month': { unit: 'alarm', prices: { [virginia]: at(0.1, 'infracost') } },
  'dashboard.month': { unit: 'dashboard', prices: { [anyRegion]: at(3, 'cloudWatchList') } },
  'insights.service-month': { unit: 'service, by its metrics', prices: {} },
  'waf.acl-month': { unit: 'firewall', prices: { [virginia]: at(5, 'wafGuide') } },
  'waf.rule-month': { unit: 'rule', prices: { [virginia]: at(1, 'wafGuide') } },
  'waf.million-requests': { unit: 'million requests', prices: { [virginia]: at(0.6, 'wafGuide') } },
  'kms.key-month': { unit: 'key', prices: { [frankfurt]: at(1, 'frankfurtBill'), [virginia]: at(1, 'infracost') } },
  'secret.month': {
    unit: 'secret',
    prices: { [frankfurt]: at(0.4, 'frankfurtBill'), [virginia]: at(0.4, 'infracost') },
  },
  'ecr.gb-month': { unit: 'GB-month', prices: { [virginia]: at(0.1, 'infracost') } },
  'health-check.month': { unit: 'check', prices: { [anyRegion]: at(0.5, 'infracost') } },
  'health-check.https-month': { unit: 'check with HTTPS', prices: { [anyRegion]: at(1, 'infracost') } },
} satisfies Readonly<Record<string, PricedItem>>);

export type PriceKey = keyof typeof priceTable;

export function isPriceKey(key: string): key is PriceKey {
  return key in priceTable;
}

/** Prices that somebody who can read AWS's list gives instead of, or beside, those of the table. */
export type OwnPrices = Readonly<Partial<Record<PriceKey, number>>>;

/** Price of one unit; `undefined` where nobody here knows it. */
export function priceOf(key: PriceKey, region: string, own: OwnPrices): number | undefined {
  const { prices }: PricedItem = priceTable[key];
  return own[key] ?? (prices[region] ?? prices[anyRegion])?.usd;
}

/** `AWS Price List … (2026-09-09)`, or who else said it. */
export function sourceOf(key: PriceKey, region: string, own: OwnPrices): string | undefined {
  if (own[key] !== undefined) return 'given with --prices';
  const { prices }: PricedItem = priceTable[key];
  const source = (prices[region] ?? prices[anyRegion])?.source;
  return source === undefined ? undefined : `${source.where} (${source.date})`;
}
