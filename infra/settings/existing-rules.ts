import { type SettingKey, type SettingValues, settingsByKey } from './keys/all.ts';
import { isSet, needs, type SettingRule } from './rule.ts';

/** Rules on what exists already: what it needs, and which settings have nothing to act on any more. */
export const existingRules: readonly SettingRule[] = [
  needs('existingVpcId', 'existingPrivateSubnetIds'),
  needs('existingVpcId', 'existingPublicSubnetIds'),
  needs('existingVpcId', 'existingDatabaseSubnetIds'),
  {
    key: 'existingVpcId',
    rule: 'set when existingPublicSubnetIds, existingPrivateSubnetIds or existingDatabaseSubnetIds are set',
    remedy: exampleOf('existingVpcId'),
    broken: (values) =>
      !isSet(values.existingVpcId) &&
      [values.existingPublicSubnetIds, values.existingPrivateSubnetIds, values.existingDatabaseSubnetIds].some(isSet),
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

type ArnKey = 'existingCertificateArn' | 'existingClusterArn';

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
