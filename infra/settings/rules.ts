import type { SettingKey, SettingValues } from './keys/all.ts';

/** A setting that another one asks for. */
export interface SettingDependency {
  /** The one that has to change. */
  readonly key: SettingKey;
  /** Completes the sentence "it must be …". */
  readonly rule: string;
  /** A value that it can have. */
  readonly remedy: string | number | boolean;
  broken(values: SettingValues, region: string): boolean;
}

const isTrafficShift = ({ deploymentStrategy }: SettingValues) => deploymentStrategy !== 'rolling';

/** What does not go together although each value is right by itself. */
export const settingDependencies: readonly SettingDependency[] = Object.freeze([
  {
    key: 'containerInsights',
    rule: 'enabled or enhanced where deploymentStrategy is not rolling: with two target groups only Container Insights counts the tasks of a service',
    remedy: 'enabled',
    broken: (values) => isTrafficShift(values) && values.containerInsights === 'disabled',
  },
  {
    key: 'vpcEndpoints',
    rule: 'all where natGateways is none: tasks have no other way to AWS',
    remedy: 'all',
    broken: ({ natGateways, vpcEndpoints }) => natGateways === 'none' && vpcEndpoints !== 'all',
  },
  {
    key: 'natGateways',
    rule: 'single or per-zone where mailFrom is set: SES is not among the VPC endpoints',
    remedy: 'single',
    broken: ({ natGateways, mailFrom }) => natGateways === 'none' && mailFrom !== undefined,
  },
  {
    key: 'natGateways',
    rule: 'single or per-zone where collectorImage is set: neither X-Ray nor public.ecr.aws is among the VPC endpoints',
    remedy: 'single',
    broken: ({ natGateways, collectorImage }) => natGateways === 'none' && collectorImage !== undefined,
  },
  {
    key: 'databaseProxy',
    rule: 'false where databaseAuthentication is iam: the proxy logs in with a password, which RDS refuses for a user of IAM',
    remedy: false,
    broken: ({ databaseProxy, databaseAuthentication }) => databaseProxy && databaseAuthentication === 'iam',
  },
  {
    key: 'syntheticCheck',
    rule: 'false where stopTasksAt stops the tasks: it would raise an alarm every night',
    remedy: false,
    broken: ({ syntheticCheck, stopTasksAt }) => syntheticCheck && stopTasksAt !== undefined,
  },
  {
    key: 'syntheticCheck',
    rule: 'false in China and in GovCloud, where Route 53 checks nothing from outside',
    remedy: false,
    broken: ({ syntheticCheck }, region) => syntheticCheck && /^"?(cn|us-gov)-/.test(region),
  },
]);
