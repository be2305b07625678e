import { cacheNodeTypes } from '../../infra/catalog/elasticache-node-types.ts';
import { instanceClasses } from '../../infra/catalog/rds-instance-classes.ts';
import { isPriceKey, type PriceKey } from './prices.ts';

/** Where AWS's price list has what is billed by a key. */
export interface Offer {
  readonly key: PriceKey;
  readonly serviceCode: string;
  /** Attributes that the list is searched by, beside the Region. */
  readonly filters: Readonly<Record<string, string>>;
  /** Without the Region's own prefix, such as `EUC1-`. */
  readonly usageType: string;
  /** Units that the list may give the price in, in lower case. */
  readonly units: readonly string[];
  /** How many of the list's units are one of ours. */
  readonly factor?: number;
}

const hours = ['hrs', 'hours', 'hour'];

/**
 * Services, product families and usage types as AWS's bills and offer files name them:
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
 *
 * What is not here has no single price in the list: Spot, whose price varies; dashboards, health checks and Container
 * Insights, whose first ones are free or which are billed by metrics. It stays without a price.
 */
export const offers: readonly Offer[] = [
  fargate('fargate.x86.vcpu-hour', 'Fargate-vCPU-Hours:perCPU'),
  fargate('fargate.x86.gb-hour', 'Fargate-GB-Hours'),
  fargate('fargate.arm.vcpu-hour', 'Fargate-ARM-vCPU-Hours:perCPU'),
  fargate('fargate.arm.gb-hour', 'Fargate-ARM-GB-Hours'),
  balancer('alb.hour', 'LoadBalancerUsage', hours),
  balancer('alb.lcu-hour', 'LCUUsage', ['lcu-hrs', 'lcu-hours']),
  {
    key: 'ipv4.hour',
    serviceCode: 'AmazonVPC',
    filters: { group: 'VPCPublicIPv4Address' },
    usageType: 'PublicIPv4:InUseAddress',
    units: hours,
  },
  natGateway('nat.hour', 'NatGateway-Hours', hours),
  natGateway('nat.gb', 'NatGateway-Bytes', ['gb']),
  {
    key: 'endpoint.hour',
    serviceCode: 'AmazonVPC',
    filters: { productFamily: 'VpcEndpoint' },
    usageType: 'VpcEndpoint-Hours',
    units: hours,
  },
  ...instanceClasses.map((name) => ({
    key: keyOf(`rds.${name}.hour`),
    serviceCode: 'AmazonRDS',
    filters: { instanceType: name, databaseEngine: 'PostgreSQL', deploymentOption: 'Single-AZ' },
    usageType: `InstanceUsage:${name}`,
    units: hours,
  })),
  {
    key: 'rds.gp3.gb-month',
    serviceCode: 'AmazonRDS',
    filters: { volumeType: 'General Purpose-GP3', deploymentOption: 'Single-AZ', databaseEngine: 'Any' },
    usageType: 'RDS:GP3-Storage',
    units: ['gb-mo', 'gb-month'],
  },
  ...cacheNodeTypes.map((name) => ({
    key: keyOf(`valkey.${name}.hour`),
    serviceCode: 'AmazonElastiCache',
    filters: { instanceType: name, cacheEngine: 'Valkey', locationType: 'AWS Region' },
    usageType: `NodeUsage:${name}`,
    units: hours,
  })),
  {
    key: 'logs.gb',
    serviceCode: 'AmazonCloudWatch',
    filters: { productFamily: 'Data Payload' },
    usageType: 'DataProcessing-Bytes',
    units: ['gb'],
  },
  {
    key: 'alarm.month',
    serviceCode: 'AmazonCloudWatch',
    filters: { productFamily: 'Alarm', alarmType: 'Standard' },
    usageType: 'CW:AlarmMonitorUsage',
    units: ['alarms'],
  },
  firewall('waf.acl-month', 'WebACLV2', ['month', 'months', 'web acl', 'web acls']),
  firewall('waf.rule-month', 'RuleV2', ['month', 'months', 'rule', 'rules']),
  { ...firewall('waf.million-requests', 'RequestV2-Tier1', ['request', 'requests']), factor: 1_000_000 },
  {
    key: 'kms.key-month',
    serviceCode: 'awskms',
    filters: { productFamily: 'Encryption Key' },
    usageType: 'KMS-Keys',
    units: ['keys', 'key'],
  },
  {
    key: 'secret.month',
    serviceCode: 'AWSSecretsManager',
    filters: { productFamily: 'Secret' },
    usageType: 'AWSSecretsManager-Secrets',
    units: ['secrets', 'secret'],
  },
  {
    key: 'ecr.gb-month',
    serviceCode: 'AmazonECR',
    filters: { productFamily: 'EC2 Container Registry' },
    usageType: 'TimedStorage-ByteHrs',
    units: ['gb-mo', 'gb-month'],
  },
];

function keyOf(key: string): PriceKey {
  if (isPriceKey(key)) return key;
  throw new Error(`${key} is not in scripts/cost/prices.ts: add it with its unit.`);
}

function fargate(key: PriceKey, usageType: string): Offer {
  return { key, serviceCode: 'AmazonECS', filters: { productFamily: 'Compute' }, usageType, units: hours };
}

function balancer(key: PriceKey, usageType: string, units: readonly string[]): Offer {
  const filters = { productFamily: 'Load Balancer-Application', locationType: 'AWS Region' };
  return { key, serviceCode: 'AWSELB', filters, usageType, units };
}

function natGateway(key: PriceKey, usageType: string, units: readonly string[]): Offer {
  const filters = { productFamily: 'NAT Gateway', operation: 'NatGateway' };
  return { key, serviceCode: 'AmazonEC2', filters, usageType, units };
}

function firewall(key: PriceKey, usageType: string, units: readonly string[]): Offer {
  return { key, serviceCode: 'awswaf', filters: { productFamily: 'Web Application Firewall' }, usageType, units };
}
