import { type SettingKey, type SettingValues, settingsByKey } from './keys/all.ts';
import { isSet, needs, type SettingRule } from './rule.ts';

/** Without `_owner`. */
const longestName = 57;

/** Rules on what exists already: what it needs, and which settings have nothing to act on any more. */
export const existingRules: readonly SettingRule[] = [
  needs('existingVpcId', 'existingPrivateSubnetIds'),
  {
    key: 'existingPublicSubnetIds',
    rule: 'set when existingVpcId is set and existingListenerArn is not: the load balancer needs them',
    remedy: exampleOf('existingPublicSubnetIds'),
    broken: (values) =>
      isSet(values.existingVpcId) && !isSet(values.existingListenerArn) && !isSet(values.existingPublicSubnetIds),
  },
  {
    key: 'existingDatabaseSubnetIds',
    rule: 'set when existingVpcId is set, unless existingDatabaseIdentifier is set and valkey is off',
    remedy: exampleOf('existingDatabaseSubnetIds'),
    broken: (values) =>
      isSet(values.existingVpcId) &&
      !isSet(values.existingDatabaseSubnetIds) &&
      !(isSet(values.existingDatabaseIdentifier) && values.valkey === 'off'),
  },
  {
    key: 'existingVpcId',
    rule: 'set when subnets of it, existingListenerArn or existingDatabaseIdentifier are set',
    remedy: exampleOf('existingVpcId'),
    broken: (values) =>
      !isSet(values.existingVpcId) &&
      [
        values.existingPublicSubnetIds,
        values.existingPrivateSubnetIds,
        values.existingDatabaseSubnetIds,
        values.existingListenerArn,
        values.existingDatabaseIdentifier,
      ].some(isSet),
  },
  {
    key: 'existingPrivateSubnetIds',
    rule: 'other subnets than existingPublicSubnetIds: tasks have no public address, with which alone a public subnet reaches the internet',
    remedy: exampleOf('existingPrivateSubnetIds'),
    broken: ({ existingPrivateSubnetIds: tasks, existingPublicSubnetIds: open }) =>
      tasks.some((subnet) => open.includes(subnet)),
  },
  ...without('existingVpcId', 'the VPC and its routes are not the stack’s', [
    'vpcCidr',
    'availabilityZones',
    'natGateways',
    'vpcEndpoints',
    'flowLogs',
  ]),
  needs('existingCertificateArn', 'domainName'),
  inRegion('existingCertificateArn', 'a load balancer uses certificates of its own Region'),
  needs('existingListenerArn', 'domainName'),
  needs('existingListenerArn', 'existingLoadBalancerSecurityGroupId'),
  needs('existingListenerArn', 'existingListenerPriority'),
  {
    key: 'existingListenerArn',
    rule: 'set when existingLoadBalancerSecurityGroupId or existingListenerPriority is set',
    remedy: exampleOf('existingListenerArn'),
    broken: (values) =>
      !isSet(values.existingListenerArn) &&
      [values.existingLoadBalancerSecurityGroupId, values.existingListenerPriority].some(isSet),
  },
  inRegion('existingListenerArn', 'tasks are targets of a load balancer of their own Region'),
  {
    key: 'deploymentStrategy',
    rule: 'rolling when existingListenerArn is set: while traffic shifts, only metrics of the whole load balancer tell errors, and it serves others, too',
    remedy: 'rolling',
    broken: ({ deploymentStrategy, existingListenerArn }) =>
      deploymentStrategy !== 'rolling' && existingListenerArn !== undefined,
  },
  {
    key: 'firewall',
    rule: 'off when existingListenerArn is set: the firewall of the load balancer is not the stack’s',
    remedy: 'off',
    broken: ({ firewall, existingListenerArn }) => firewall !== 'off' && existingListenerArn !== undefined,
  },
  ...without('existingListenerArn', 'the access logs of the load balancer are not the stack’s', [
    'accessLogRetentionDays',
  ]),
  {
    key: 'existingCertificateArn',
    rule: 'absent when existingListenerArn is set, which has its own certificates',
    remedy: '',
    broken: (values) => isSet(values.existingCertificateArn) && isSet(values.existingListenerArn),
  },
  needs('existingDatabaseIdentifier', 'existingDatabaseSecurityGroupId'),
  needs('existingDatabaseIdentifier', 'existingDatabaseOwnerSecretArn'),
  needs('existingDatabaseIdentifier', 'databaseMaxConnections'),
  {
    key: 'existingDatabaseIdentifier',
    rule: 'set when existingDatabaseSecurityGroupId or existingDatabaseOwnerSecretArn is set',
    remedy: exampleOf('existingDatabaseIdentifier'),
    broken: (values) =>
      !isSet(values.existingDatabaseIdentifier) &&
      [values.existingDatabaseSecurityGroupId, values.existingDatabaseOwnerSecretArn].some(isSet),
  },
  inRegion('existingDatabaseOwnerSecretArn', 'ECS reads secrets of its own Region'),
  {
    key: 'databaseName',
    rule: 'at most 57 characters long when existingDatabaseIdentifier is set: its roles are named after it, <name>_owner and <name>_app, and Postgres cuts names at 63',
    remedy: ({ databaseName }) => databaseName.slice(0, longestName),
    broken: ({ databaseName, existingDatabaseIdentifier }) =>
      existingDatabaseIdentifier !== undefined && databaseName.length > longestName,
  },
  {
    key: 'databaseAuthentication',
    rule: 'password when existingDatabaseIdentifier is set: tokens of IAM have to be switched on at the instance, and their role, app_iam, would be the same for every environment on it',
    remedy: 'password',
    broken: ({ databaseAuthentication, existingDatabaseIdentifier }) =>
      databaseAuthentication !== 'password' && existingDatabaseIdentifier !== undefined,
  },
  {
    key: 'databaseProxy',
    rule: 'false when existingDatabaseIdentifier is set: a proxy of the stack would take connections that others count on',
    remedy: false,
    broken: ({ databaseProxy, existingDatabaseIdentifier }) =>
      databaseProxy && existingDatabaseIdentifier !== undefined,
  },
  ...without('existingDatabaseIdentifier', 'size, backups and parameters of the instance are not the stack’s', [
    'databaseStorageGiB',
    'databaseMaxStorageGiB',
    'databaseMultiAz',
    'databaseBackupRetentionDays',
    'databaseBackupWindow',
    'databaseMaintenanceWindow',
    'databaseFinalSnapshot',
    'databaseSlowStatementMs',
    'databaseIdleInTransactionTimeoutMs',
  ]),
  inRegion('existingClusterArn', 'a service runs in a cluster of its own Region'),
  {
    key: 'ecsExec',
    rule: 'false when existingClusterArn is set: where the sessions of its shells are logged is not the stack’s to say',
    remedy: false,
    broken: ({ ecsExec, existingClusterArn }) => ecsExec && existingClusterArn !== undefined,
  },
  {
    key: 'spotPercent',
    rule: '0 when existingClusterArn is set: whether it has the capacity provider FARGATE_SPOT is not the stack’s to say',
    remedy: 0,
    broken: ({ spotPercent, existingClusterArn }) => spotPercent > 0 && existingClusterArn !== undefined,
  },
];

type ArnKey =
  | 'existingCertificateArn'
  | 'existingClusterArn'
  | 'existingListenerArn'
  | 'existingDatabaseOwnerSecretArn';

function inRegion(key: ArnKey, why: string): SettingRule {
  return {
    key,
    rule: `an ARN in the Region of the environment: ${why}`,
    remedy: (values, region) => (values[key] ?? '').replace(/^((?:[^:]+:){3})[^:]+/, `$1${region}`),
    broken: (values, region) => isSet(values[key]) && values[key]?.split(':')[3] !== region,
  };
}

function exampleOf(key: SettingKey): string {
  return settingsByKey.get(key)?.facts.example ?? '';
}

/** Settings that change nothing while `given` is set: a value that is not the default would be a promise nobody keeps. */
function without(given: SettingKey, why: string, keys: readonly SettingKey[]): readonly SettingRule[] {
  return keys.map((key) => {
    const { default: value = '' } = settingsByKey.get(key)?.facts ?? {};
    return {
      key,
      rule: `${value}, the default, when ${given} is set: ${why}`,
      remedy: String(value),
      broken: (values: SettingValues) => isSet(values[given]) && values[key] !== value,
    };
  });
}
