import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { paginateDescribeLoadBalancers } from '@aws-sdk/client-elastic-load-balancing-v2';
import { paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import {
  GetServiceQuotaCommand,
  type MetricInfo,
  NoSuchResourceException,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Contract } from '../../infra/contract/contract.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { UserError } from '../messages/user-error.ts';
import type { Clock } from '../release/clock.ts';
import type { Finding } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { activeServices, clusterExists } from './services.ts';

/** Codes: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
interface Quota {
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** What the environment needs beyond what is in use. */
  readonly needed: number;
  /** How much is in use; absent: AWS measures it. */
  readonly used?: () => Promise<number>;
}

/** What is needed, allowed and, where that can be told, used. */
interface Compared extends Omit<Quota, 'used'> {
  readonly allowed: number | undefined;
  readonly used: number | undefined;
}

type QuotaFacts = { readonly settings: Settings; readonly contract: Contract };
type QuotaClients = Pick<AwsClients, 'config' | 'ecs' | 'elb' | 'rds' | 'metrics'>;

const cpuUnitsPerVcpu = 1024;
/** AWS measures use every five minutes. */
const usageWindowSeconds = 15 * 60;

/**
 * Rejects where the account's quotas are too small for an environment: a new account has few, and without this check that
 * shows in the middle of the first update. Counts a rollout at the largest number of tasks.
 */
export async function checkQuotas(
  clients: QuotaClients,
  names: AwsNames,
  facts: QuotaFacts,
  clock: Clock,
): Promise<Finding> {
  return unlessForbidden(async () => {
    const running = (await clusterExists(clients, names.cluster)) ? await activeServices(clients, names) : [];
    const isUp = running.length > 0;
    const own = running.map(({ serviceName = '', desiredCount = 0 }) => ({
      process: names.shortName(serviceName),
      desiredCount,
    }));
    const quotas = [
      { ...fargate, needed: vcpusOf(facts.contract, own) },
      // What an environment that is up has is in use already.
      ...(isUp ? [] : forTheFirst(clients, facts.settings)),
    ].filter(({ needed }) => needed > 0);
    const serviceQuotas = new ServiceQuotasClient(clients.config);
    const compared = await Promise.all(quotas.map((quota) => compare(clients, serviceQuotas, clock, quota)));
    assertEnough(compared);
    const said = compared.map(say).join('; ');
    return compared.some(({ used, allowed }) => used === undefined || allowed === undefined)
      ? { unknown: said }
      : { value: said };
  });
}

/** Who may not read quotas is not kept from anything else. */
async function unlessForbidden(check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await talkToAws(check);
  } catch (error) {
    if (error instanceof UserError && error.code === 'AWS_PERMISSION') return { unknown: error.message };
    throw error;
  }
}

const fargate = { name: 'Fargate On-Demand vCPUs', service: 'fargate', code: 'L-3032A538' };

/** For all tasks of a rollout at the largest count, beyond those that run. */
function vcpusOf(
  { processes, maximumHealthyPercent }: Contract,
  running: readonly { readonly process: string; readonly desiredCount: number }[],
): number {
  const largest = Object.values(processes).reduce(
    (sum, { cpuUnits, maxCount, kind }) =>
      sum + cpuUnits * maxCount * (kind === 'release' ? 1 : maximumHealthyPercent / 100),
    0,
  );
  const now = running.reduce(
    (sum, { process, desiredCount }) => sum + (processes[process]?.cpuUnits ?? 0) * desiredCount,
    0,
  );
  return Math.max(0, largest - now) / cpuUnitsPerVcpu;
}

function forTheFirst(clients: QuotaClients, { existing, network }: Settings): readonly Quota[] {
  const ec2 = new EC2Client(clients.config);
  const gateways = { none: 0, single: 1, 'per-zone': network.availabilityZones }[network.natGateways];
  return [
    {
      name: 'Elastic IP addresses',
      service: 'ec2',
      code: 'L-0263D0A3',
      needed: existing.vpc === undefined ? gateways : 0,
      // All of them come in one answer.
      used: async () => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
    },
    {
      name: 'VPCs per Region',
      service: 'vpc',
      code: 'L-F678F1CE',
      needed: existing.vpc === undefined ? 1 : 0,
      used: async () => count(paginateDescribeVpcs({ client: ec2 }, {}), ({ Vpcs }) => Vpcs),
    },
    {
      name: 'Application Load Balancers per Region',
      service: 'elasticloadbalancing',
      code: 'L-53DA6B97',
      needed: existing.listener === undefined ? 1 : 0,
      used: async () =>
        count(paginateDescribeLoadBalancers({ client: clients.elb }, {}), ({ LoadBalancers = [] }) =>
          LoadBalancers.filter(({ Type }) => Type === 'application'),
        ),
    },
    {
      name: 'DB instances',
      service: 'rds',
      code: 'L-7B6409FD',
      needed: existing.database === undefined ? 1 : 0,
      used: async () =>
        count(paginateDescribeDBInstances({ client: clients.rds }, {}), ({ DBInstances }) => DBInstances),
    },
  ];
}

async function count<Page>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly unknown[] | undefined,
): Promise<number> {
  let sum = 0;
  for await (const page of pages) sum += itemsOf(page)?.length ?? 0;
  return sum;
}

async function compare(
  clients: QuotaClients,
  serviceQuotas: ServiceQuotasClient,
  clock: Clock,
  quota: Quota,
): Promise<Compared> {
  const { Quota: found } = await serviceQuotas
    .send(new GetServiceQuotaCommand({ ServiceCode: quota.service, QuotaCode: quota.code }))
    .catch((error: unknown) => {
      // A Region or partition that does not have this quota.
      if (error instanceof NoSuchResourceException) return { Quota: undefined };
      throw error;
    });
  const used = quota.used === undefined ? await measured(clients, clock, found?.UsageMetric) : await quota.used();
  return { ...quota, used, allowed: found?.Value };
}

/** As CloudWatch has it, which counts only what is there: no figure is none. `undefined` where AWS does not measure it. */
async function measured(
  { metrics }: QuotaClients,
  clock: Clock,
  metric: MetricInfo | undefined,
): Promise<number | undefined> {
  if (metric?.MetricName === undefined) return undefined;
  const end = clock.now();
  const { Datapoints = [] } = await metrics.send(
    new GetMetricStatisticsCommand({
      Namespace: metric.MetricNamespace,
      MetricName: metric.MetricName,
      Dimensions: Object.entries(metric.MetricDimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(end - usageWindowSeconds * 1000),
      EndTime: new Date(end),
      Period: usageWindowSeconds,
      Statistics: ['Maximum'],
    }),
  );
  return Datapoints.reduce((largest, { Maximum = 0 }) => Math.max(largest, Maximum), 0);
}

function assertEnough(compared: readonly Compared[]): void {
  const short = compared.filter(({ needed, used = 0, allowed = Number.POSITIVE_INFINITY }) => used + needed > allowed);
  if (short.length === 0) return;
  throw new UserError({
    code: 'QUOTA_TOO_SMALL',
    message: `The account's quotas are too small for this environment: ${short.map(say).join('; ')}.`,
    rule: 'What is used and what is needed for a rollout at the largest number of tasks have to fit.',
    remedy: short
      .map(
        ({ service, code, needed, used = 0 }) =>
          `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${Math.ceil(used + needed)}`,
      )
      .join('\n'),
  });
}

function say({ name, needed, used, allowed }: Compared): string {
  const limit = allowed === undefined ? 'how many are allowed is unknown' : `${allowed} allowed`;
  return `${name}: ${needed} needed, ${used === undefined ? 'how many are used is unknown' : `${used} used`}, ${limit}`;
}
