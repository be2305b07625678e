import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DescribeAddressesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeClustersCommand, DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import {
  type GetServiceQuotaCommand,
  NoSuchResourceException,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { afterEach, expect, test, vi } from 'vitest';
import { deriveContract } from '../../infra/contract/contract.ts';
import { fitSettings } from '../../infra/manifest/fit.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { exampleApp } from '../../infra/testing/example-app.ts';
import { existingDatabase, existingListener, existingVpcBehindListener } from '../../infra/testing/existing.ts';
import { createClients } from './clients.ts';
import { namesOf } from './names.ts';
import { checkQuotas } from './quotas.ts';

const clock = { now: () => Date.parse('2026-11-21T09:30:00Z'), sleep: async () => undefined };

afterEach(() => {
  vi.restoreAllMocks();
});

interface Account {
  /** By quota code; absent: 100. `undefined`: the Region has no such quota. */
  readonly allowed?: Readonly<Record<string, number | undefined>>;
  readonly addresses?: number;
  readonly loadBalancers?: readonly ('application' | 'network')[];
  readonly vcpus?: number;
  readonly services?: Readonly<Record<string, number>>;
  readonly measured?: false;
  readonly denied?: Error;
}

const many = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item);

/** Answers as these services do. @returns the codes of the quotas that were asked for */
function account({ allowed = {}, addresses = 0, loadBalancers = [], vcpus, services = {}, measured, denied }: Account) {
  const asked: string[] = [];
  const answer = (client: { readonly prototype: object }, send: (command: { readonly input: object }) => object) =>
    vi
      .spyOn(client.prototype as { send: (command: { readonly input: object }) => Promise<object> }, 'send')
      .mockImplementation(async (command) => send(command));
  answer(ServiceQuotasClient, (command) => {
    const { QuotaCode = '' } = (command as GetServiceQuotaCommand).input;
    asked.push(QuotaCode);
    if (denied !== undefined) throw denied;
    if (QuotaCode in allowed && allowed[QuotaCode] === undefined) {
      throw new NoSuchResourceException({ message: 'no such quota', $metadata: {} });
    }
    const UsageMetric =
      measured === false
        ? undefined
        : { MetricNamespace: 'AWS/Usage', MetricName: 'ResourceCount', MetricDimensions: {} };
    return { Quota: { Value: allowed[QuotaCode] ?? 100, UsageMetric } };
  });
  answer(CloudWatchClient, () => ({ Datapoints: vcpus === undefined ? [] : [{ Maximum: vcpus }] }));
  answer(EC2Client, (command) =>
    command instanceof DescribeAddressesCommand ? { Addresses: many(addresses, {}) } : { Vpcs: [{}] },
  );
  answer(ElasticLoadBalancingV2Client, () => ({ LoadBalancers: loadBalancers.map((Type) => ({ Type })) }));
  answer(RDSClient, () => ({ DBInstances: [{}, {}] }));
  answer(ECSClient, (command) => {
    if (command instanceof DescribeClustersCommand) {
      return { clusters: Object.keys(services).length > 0 ? [{ status: 'ACTIVE' }] : [] };
    }
    if (command instanceof DescribeServicesCommand) {
      return {
        services: Object.entries(services).map(([name, desiredCount]) => ({
          serviceName: `nest-fargate-prod-${name}`,
          desiredCount,
          status: 'ACTIVE',
        })),
      };
    }
    return { serviceArns: Object.keys(services) };
  });
  return asked;
}

const sizes = { apiCpuUnits: '1024', apiMemoryMiB: '2048', apiMaxCount: '4', workerMaxCount: '2' };

const namespaced = (config: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [`nest-fargate:${key}`, value]));

async function check(given: Account, config: Readonly<Record<string, string>> = {}) {
  const asked = account(given);
  const settings = fitSettings(
    parseSettings({ 'aws:region': 'eu-central-1', ...namespaced({ ...sizes, ...config }) }, 'prod', {
      project: 'nest-fargate',
      secretKeys: new Set(),
      ignoreUnknown: false,
    }),
    exampleApp,
  );
  const clients = createClients({ region: 'eu-central-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  const facts = { settings, contract: deriveContract(settings, exampleApp) };
  return { asked, finding: await checkQuotas(clients, namesOf('prod', settings), facts, clock) };
}

// Four API tasks of one vCPU and two workers of a quarter, twice, and the migration of one: 10.
test('what an environment needs, and what is used and allowed, is said', async () => {
  const { finding } = await check({ vcpus: 3, addresses: 2, loadBalancers: ['application', 'network'] });

  expect(finding).toEqual({
    value:
      'Fargate On-Demand vCPUs: 10 needed, 3 used, 100 allowed; Elastic IP addresses: 1 needed, 2 used, 100 allowed; VPCs per Region: 1 needed, 1 used, 100 allowed; Application Load Balancers per Region: 1 needed, 1 used, 100 allowed; DB instances: 1 needed, 2 used, 100 allowed',
  });
});

test('one that is up needs only what a rollout at its largest adds', async () => {
  const { asked, finding } = await check({ vcpus: 4, services: { api: 3, worker: 1 } });

  expect(asked).toEqual(['L-3032A538']);
  expect(finding).toEqual({ value: 'Fargate On-Demand vCPUs: 6.75 needed, 4 used, 100 allowed' });
});

test('what exists already needs nothing', async () => {
  const { asked } = await check(
    { vcpus: 0 },
    { ...existingListener, ...existingVpcBehindListener, ...existingDatabase },
  );

  expect(asked).toEqual(['L-3032A538']);
});

test.each([
  [
    { 'L-3032A538': 6 },
    /Fargate On-Demand vCPUs: 10 needed, 0 used, 6 allowed/,
    '--service-code fargate --quota-code L-3032A538 --desired-value 10',
  ],
  [
    { 'L-0263D0A3': 5 },
    /Elastic IP addresses: 1 needed, 5 used, 5 allowed/,
    '--service-code ec2 --quota-code L-0263D0A3 --desired-value 6',
  ],
])('a quota that is too small is refused, with the request for a larger one', async (allowed, message, remedy) => {
  const refused = await check({ allowed, addresses: 5 }).catch((error: unknown) => error);

  expect(refused).toMatchObject({
    code: 'QUOTA_TOO_SMALL',
    message: expect.stringMatching(message),
    remedy: expect.stringContaining(remedy),
  });
});

test('what is just enough is enough', async () => {
  const { finding } = await check({ allowed: { 'L-0263D0A3': 6, 'L-3032A538': 10 }, addresses: 5 });

  expect(finding.value).toContain('1 needed, 5 used, 6 allowed');
});

test.each([
  [
    'a quota that the Region does not have',
    { allowed: { 'L-7B6409FD': undefined } },
    'how many are allowed is unknown',
  ],
  ['what AWS does not measure', { measured: false } as const, 'how many are used is unknown'],
])('%s is unknown, not enough', async (_what, given, said) => {
  const { finding } = await check(given);

  expect(finding.value).toBeUndefined();
  expect(finding.unknown).toContain(said);
});

test('without the permission they are unknown', async () => {
  const denied = Object.assign(
    new Error('User: x is not authorized to perform: servicequotas:GetServiceQuota on resource: y'),
    {
      name: 'AccessDeniedException',
    },
  );
  const { finding } = await check({ denied });

  expect(finding).toEqual({ unknown: 'The AWS credentials lack the permission servicequotas:GetServiceQuota.' });
});
