import { existingRules } from './existing-rules.ts';
import type { SettingKey, SettingValues } from './keys/all.ts';
import { needs, type SettingRule, together } from './rule.ts';
import { lengthened, sundayAfter, windowMinutes, windowsOverlap } from './windows.ts';

/** Every rule between settings; the rules for one setting are declared with it, in keys/. */
export const settingRules: readonly SettingRule[] = Object.freeze([
  atLeast('apiMaxCount', 'apiDesiredCount'),
  atLeast('workerMaxCount', 'workerDesiredCount'),
  {
    key: 'databaseMaxStorageGiB',
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
    rule: (mention) => `at least 10% more than ${mention('databaseStorageGiB')}`,
    remedy: leastMaxStorageGiB,
    broken: (values) => values.databaseMaxStorageGiB < leastMaxStorageGiB(values),
  },
  longEnough('databaseBackupWindow', 30),
  longEnough('databaseMaintenanceWindow', 30),
  apart('databaseMaintenanceWindow', 'databaseBackupWindow', 30),
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
  longEnough('valkeySnapshotWindow', 60),
  longEnough('valkeyMaintenanceWindow', 60),
  apart('valkeyMaintenanceWindow', 'valkeySnapshotWindow', 60),
  {
    key: 'containerInsights',
    rule: 'enabled or enhanced when deploymentStrategy is blue-green or canary: with two target groups, only Container Insights counts the tasks of a service',
    remedy: 'enabled',
    broken: (values) => values.deploymentStrategy !== 'rolling' && values.containerInsights === 'disabled',
  },
  {
    key: 'vpcEndpoints',
    rule: 'all when natGateways is none: tasks have no other route to AWS',
    remedy: 'all',
    broken: ({ natGateways, vpcEndpoints }) => natGateways === 'none' && vpcEndpoints !== 'all',
  },
  {
    key: 'natGateways',
    rule: 'single or per-zone when mailFrom is set: there is no VPC endpoint for SES',
    remedy: 'single',
    broken: ({ natGateways, mailFrom }) => natGateways === 'none' && mailFrom !== undefined,
  },
  {
    key: 'natGateways',
    rule: 'single or per-zone when collectorImage is set: there is no VPC endpoint for X-Ray or public.ecr.aws',
    remedy: 'single',
    broken: ({ natGateways, collectorImage }) => natGateways === 'none' && collectorImage !== undefined,
  },
  {
    key: 'databaseProxy',
    rule: 'false when databaseAuthentication is iam: the proxy logs in with a password, which RDS rejects for an IAM user',
    remedy: false,
    broken: ({ databaseProxy, databaseAuthentication }) => databaseProxy && databaseAuthentication === 'iam',
  },
  {
    key: 'pullRequestRole',
    rule: 'false when natGateways is none: the endpoints that tasks then need are named by a zone that EC2 associates with a VPC, which cannot be limited to VPCs of pull requests',
    remedy: false,
    broken: ({ pullRequestRole, natGateways }) => pullRequestRole && natGateways === 'none',
  },
  {
    key: 'pullRequestRole',
    rule: 'false without githubRepository: it names who may assume the role',
    remedy: false,
    broken: ({ pullRequestRole, githubRepository }) => pullRequestRole && githubRepository === undefined,
  },
  {
    key: 'syntheticCheck',
    rule: 'false when stopTasksAt is set: it would raise an alarm every night',
    remedy: false,
    broken: ({ syntheticCheck, stopTasksAt }) => syntheticCheck && stopTasksAt !== undefined,
  },
  {
    key: 'syntheticCheck',
    rule: 'false in China and AWS GovCloud (US), where Route 53 has no health checks for public endpoints',
    remedy: false,
    broken: ({ syntheticCheck }, region) => syntheticCheck && /^(cn|us-gov)-/.test(region),
  },
  {
    key: 'releaseSource',
    rule: 'promoted when promoteFrom is set: otherwise the next `up` would replace what was promoted by a build',
    remedy: 'promoted',
    broken: ({ releaseSource, promoteFrom }) => promoteFrom !== undefined && releaseSource !== 'promoted',
  },
  ...existingRules,
  {
    key: 'deletionProtection',
    rule: 'false when expires is set: otherwise nothing could remove the environment',
    remedy: false,
    broken: ({ deletionProtection, expires }) => deletionProtection && expires !== undefined,
  },
  {
    key: 'promoteFrom',
    rule: 'absent when expires is set: an environment that expires is no part of the chain of promotion',
    remedy: '',
    broken: ({ promoteFrom, expires }) => promoteFrom !== undefined && expires !== undefined,
  },
  ...together('expires', 'madeFrom'),
  ...together('domainName', 'hostedZoneId'),
  ...together('stopTasksAt', 'startTasksAt'),
  ...together('alarmSlackTeamId', 'alarmSlackChannelId'),
  ...together('mailFrom', 'mailIdentityArn'),
  needs('promoteFromRole', 'promoteFrom'),
  needs('githubOidcProviderArn', 'githubRepository'),
  needs('stateBucket', 'githubRepository'),
  needs('stateKey', 'githubRepository'),
]);

type KeyOf<Value> = { [Key in SettingKey]: SettingValues[Key] extends Value ? Key : never }[SettingKey];

function atLeast(key: KeyOf<number>, least: KeyOf<number>): SettingRule {
  return {
    key,
    rule: (mention) => `at least ${mention(least)}`,
    remedy: (values) => values[least],
    broken: (values) => values[key] < values[least],
  };
}

function leastMaxStorageGiB({ databaseStorageGiB }: SettingValues): number {
  return databaseStorageGiB + Math.ceil(databaseStorageGiB / 10);
}

function longEnough(key: KeyOf<string>, minutes: number): SettingRule {
  return {
    key,
    rule: `at least ${minutes} minutes long`,
    remedy: (values) => lengthened(values[key], minutes),
    broken: (values) => windowMinutes(values[key]) < minutes,
  };
}

function apart(key: KeyOf<string>, daily: KeyOf<string>, minutes: number): SettingRule {
  return {
    key,
    rule: (mention) => `a window that does not overlap ${mention(daily)}`,
    remedy: (values) => sundayAfter(values[daily], minutes),
    broken: (values) => windowsOverlap(values[daily], values[key]),
  };
}
