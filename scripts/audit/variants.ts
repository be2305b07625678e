import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { settingsByKey } from '../../infra/settings/keys/all.ts';

type Config = Readonly<Record<string, string>>;

/** An environment with settings beside those of its stack file. */
export interface Variant {
  readonly name: string;
  readonly environment: string;
  readonly config: Config;
}

export interface EvaluatedVariant extends Variant {
  readonly graph: Graph;
}

const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
const mail = {
  mailFrom: 'app@example.com',
  mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
};
const traces = { collectorImage: `public.ecr.aws/aws-observability/aws-otel-collector@sha256:${'1'.repeat(64)}` };
const slack = { alarmSlackTeamId: 'T07EA123LEP', alarmSlackChannelId: 'C07EZ1ABC23' };
const workflows = { githubRepository: 'example/api', stateBucket: 'example-state', stateKey: 'alias/pulumi' };
/** A database with room for the tasks of whatever comes together. */
const room = { databaseInstanceClass: 'db.t4g.medium' };

/** Every feature that does not exclude another one; the others are in {@link withoutNat}. */
const everything: Config = {
  ...room,
  ...domain,
  ...mail,
  ...traces,
  ...slack,
  ...workflows,
  alarmEmail: 'ops@example.com',
  availabilityZones: '3',
  natGateways: 'per-zone',
  vpcEndpoints: 'all',
  flowLogs: 'all',
  databaseMultiAz: 'true',
  databaseFinalSnapshot: 'true',
  databaseProxy: 'true',
  valkeyReplicas: '1',
  deploymentStrategy: 'canary',
  spotPercent: '50',
  ecsExec: 'true',
  firewall: 'block',
  syntheticCheck: 'true',
  deletionProtection: 'true',
  containerInsights: 'enhanced',
  encryption: 'customer-managed',
  imagePullAccountIds: '210987654321',
};

const withoutNat: Config = {
  ...room,
  ...domain,
  ...slack,
  ...workflows,
  natGateways: 'none',
  vpcEndpoints: 'all',
  flowLogs: 'rejected',
  databaseAuthentication: 'iam',
  deploymentStrategy: 'blue-green',
  ecsExec: 'true',
  encryption: 'customer-managed',
  stopTasksAt: '20:00',
  startTasksAt: '07:00',
};

/** What scanners look at: the two environments as they are, and one with every feature. */
export const scanned: readonly Variant[] = [
  { name: 'staging', environment: 'staging', config: {} },
  { name: 'prod', environment: 'prod', config: {} },
  { name: 'everything', environment: 'prod', config: everything },
];

/** The longest name of an environment, with which other names are cut. */
const longest = 'a-very-long-name-abc';

/** Of the largest values that the settings accept, those that only AWS can refuse. */
const largest: Config = {
  apiMaxCount: '100',
  accessLogRetentionDays: '3653',
  bakeMinutes: '700',
  canaryBakeMinutes: '700',
  canaryPercent: '50',
  databaseBackupRetentionDays: '35',
  databaseInstanceClass: 'db.r7g.4xlarge',
  databaseMaxStorageGiB: '65536',
  databaseStorageGiB: '59000',
  deploymentStrategy: 'canary',
  imageRetentionCount: '1000',
  requestsPerIpPer5Minutes: '2000000000',
  requestsPerTargetPerMinute: '1000000',
  valkeyReplicas: '5',
  valkeySnapshotRetentionDays: '35',
};

const smallest: Config = {
  accessLogRetentionDays: '1',
  bakeMinutes: '6',
  canaryBakeMinutes: '6',
  canaryPercent: '1',
  databaseBackupRetentionDays: '1',
  deploymentStrategy: 'canary',
  imageRetentionCount: '10',
  requestsPerIpPer5Minutes: '10',
  requestsPerTargetPerMinute: '1',
  valkeySnapshotRetentionDays: '0',
  // In the rows of eachValue() it only meets `natGateways: none`, which needs all of them.
  vpcEndpoints: 's3',
};

/** Another app, with secrets that a person sets and permissions. */
const ownSecrets: Config = {
  ...workflows,
  appDirectory: 'scripts/testing/shop-app',
  encryption: 'customer-managed',
  'app:MAIL_TOKEN': 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:mail-AbCdEf',
};

/** What a company has already instead of the stack’s own. */
const existing: Config = {
  ...room,
  ...domain,
  ...workflows,
  vpcCidr: '10.0.0.0/16',
  natGateways: 'single',
  existingCertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
  existingClusterArn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared',
  existingVpcId: 'vpc-0a1b2c3d4e5f60718',
  existingPublicSubnetIds: 'subnet-0a1b2c3d4e5f60711,subnet-0a1b2c3d4e5f60712',
  existingPrivateSubnetIds: 'subnet-0a1b2c3d4e5f60713,subnet-0a1b2c3d4e5f60714',
  existingDatabaseSubnetIds: 'subnet-0a1b2c3d4e5f60715,subnet-0a1b2c3d4e5f60716',
};

/** The same with a load balancer and a database server that others use. */
const { existingCertificateArn: _, existingPublicSubnetIds: __, ...network } = existing;
const existingServers: Config = {
  ...network,
  firewall: 'off',
  accessLogRetentionDays: '30',
  existingListenerArn:
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2',
  existingLoadBalancerSecurityGroupId: 'sg-0a1b2c3d4e5f60717',
  existingListenerPriority: '49001',
  databaseInstanceClass: 'db.t4g.micro',
  databaseFinalSnapshot: 'true',
  databaseMaxConnections: '400',
  databaseName: 'a'.repeat(57),
  existingDatabaseIdentifier: 'shared-postgres',
  existingDatabaseSecurityGroupId: 'sg-0a1b2c3d4e5f60719',
  existingDatabaseOwnerSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf',
};

/** As scripts/program/small-settings.ts makes it, from a stack file with more than the default. */
const pullRequest: Config = {
  expires: '2026-12-24T18:00:00Z',
  madeFrom: 'staging',
  rolesBoundary: 'nest-fargate-staging-pr-boundary',
  encryption: 'customer-managed',
  natGateways: 'single',
  vpcEndpoints: 's3',
  ecsExec: 'true',
  stopTasksAt: '20:00',
  startTasksAt: '07:00',
};

/** {@link scanned}, every value of every setting that has few, and names and numbers at their limits. */
export const allVariants: readonly Variant[] = [
  ...scanned,
  { name: 'without NAT gateways', environment: 'staging', config: withoutNat },
  { name: 'secrets and permissions', environment: 'staging', config: ownSecrets },
  { name: 'existing resources', environment: 'staging', config: existing },
  { name: 'existing servers', environment: 'staging', config: existingServers },
  {
    name: 'several processes',
    environment: 'staging',
    config: { ...workflows, appDirectory: 'scripts/testing/several-processes-app' },
  },
  { name: 'pull requests', environment: 'staging', config: { ...workflows, pullRequestRole: 'true' } },
  { name: 'a pull request', environment: 'pr-1234', config: pullRequest },
  { name: 'a pull request with a long name', environment: 'pr-a-long-name-12345', config: pullRequest },
  { name: 'a long name', environment: longest, config: everything },
  { name: 'the largest numbers', environment: 'staging', config: largest },
  { name: 'the smallest numbers', environment: 'staging', config: smallest },
  ...eachValue(),
];

/** The settings that have few values, with these. */
export function fewValues(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...settingsByKey.values()].flatMap(({ key, facts }) => {
      const values = valuesOf(facts.rule);
      return values.length === 0 ? [] : [[key, values] as const];
    }),
  );
}

function valuesOf(rule: string): readonly string[] {
  if (rule === 'true or false') return ['true', 'false'];
  const [, list] = /^one of (.+)$/.exec(rule) ?? [];
  return list?.split(', ') ?? [];
}

/** As many variants as the setting with the most values has; each takes the next value of every setting. */
function eachValue(): readonly Variant[] {
  const settings = [...fewValues()];
  const rows = Math.max(...settings.map(([, values]) => values.length));
  return Array.from({ length: rows }, (_, row) => {
    const values = settings.map(([key, each], column) => [key, each[(row + column) % each.length] ?? ''] as const);
    return { name: `values, row ${row + 1}`, environment: 'staging', config: agreeing(Object.fromEntries(values)) };
  });
}

/** The same with what the rules of the settings and the contract ask of values that meet. */
function agreeing(config: Config): Config {
  return {
    ...config,
    apiMemoryMiB: String(2 * Number(config['apiCpuUnits'])),
    workerMemoryMiB: String(2 * Number(config['workerCpuUnits'])),
    ...(config['natGateways'] === 'none' ? { vpcEndpoints: 'all' } : {}),
    ...(config['databaseAuthentication'] === 'iam' ? { databaseProxy: 'false' } : {}),
    // It has a variant of its own, with the repository that it needs.
    pullRequestRole: 'false',
    ...(config['valkey'] === 'off' ? { worker: 'off' } : {}),
    ...(config['containerInsights'] === 'disabled' ? { deploymentStrategy: 'rolling' } : {}),
  };
}

/** One after the other: the SDK records one program at a time. */
export async function evaluateAll(
  projectDirectory: string,
  variants: readonly Variant[],
): Promise<readonly EvaluatedVariant[]> {
  const others = mkdtempSync(join(tmpdir(), 'variants-'));
  try {
    copyFileSync(join(projectDirectory, 'Pulumi.yaml'), join(others, 'Pulumi.yaml'));
    const evaluated: EvaluatedVariant[] = [];
    for (const variant of variants) {
      const { environment, config } = variant;
      const file = `Pulumi.${environment}.yaml`;
      const own = existsSync(join(projectDirectory, file));
      // Another name with the settings of staging.
      if (!own) copyFileSync(join(projectDirectory, 'Pulumi.staging.yaml'), join(others, file));
      const graph = await evaluate(environment, { projectDirectory: own ? projectDirectory : others, config });
      evaluated.push({ ...variant, graph });
    }
    return evaluated;
  } finally {
    rmSync(others, { recursive: true });
  }
}
