import type { ApiCall } from './create-calls/call.ts';

interface DocumentedLimit {
  readonly operation: string;
  /** A member of the call. */
  readonly member: string;
  readonly pattern: RegExp;
  /** The page that says it. */
  readonly source: string;
}

const api = (service: string, page: string) => `https://docs.aws.amazon.com/${service}/${page}`;
/** Letters, digits and hyphens, neither doubled nor last. */
const rdsName = (length: number, first = '[a-zA-Z]') =>
  new RegExp(`^(?!.*--)${first}[a-zA-Z0-9-]{0,${length - 1}}(?<!-)$`);

/** Limits that are in the reference of an API and not in its model. */
const limits: readonly DocumentedLimit[] = [
  {
    operation: 'CreateLoadBalancer',
    member: 'Name',
    pattern: /^(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)$/,
    source: api('elasticloadbalancing', 'latest/APIReference/API_CreateLoadBalancer.html'),
  },
  {
    operation: 'CreateTargetGroup',
    member: 'Name',
    pattern: /^(?!-)[a-zA-Z0-9-]{1,32}(?<!-)$/,
    source: api('elasticloadbalancing', 'latest/APIReference/API_CreateTargetGroup.html'),
  },
  {
    operation: 'CreateDBInstance',
    member: 'DBInstanceIdentifier',
    pattern: rdsName(63, '[a-z]'),
    source: api('AmazonRDS', 'latest/APIReference/API_CreateDBInstance.html'),
  },
  {
    operation: 'CreateDBInstance',
    member: 'DBName',
    pattern: /^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/,
    source: api('AmazonRDS', 'latest/APIReference/API_CreateDBInstance.html'),
  },
  {
    operation: 'DeleteDBInstance',
    member: 'FinalDBSnapshotIdentifier',
    pattern: rdsName(255),
    source: api('AmazonRDS', 'latest/APIReference/API_DeleteDBInstance.html'),
  },
  {
    operation: 'CreateDBParameterGroup',
    member: 'DBParameterGroupName',
    pattern: rdsName(255),
    source: api('AmazonRDS', 'latest/APIReference/API_CreateDBParameterGroup.html'),
  },
  {
    operation: 'CreateDBProxy',
    member: 'DBProxyName',
    pattern: rdsName(63),
    source: api('AmazonRDS', 'latest/APIReference/API_CreateDBProxy.html'),
  },
  {
    operation: 'CreateReplicationGroup',
    member: 'ReplicationGroupId',
    pattern: rdsName(40, '[a-z]'),
    source: api('AmazonElastiCache', 'latest/APIReference/API_CreateReplicationGroup.html'),
  },
  {
    operation: 'CreateReplicationGroup',
    member: 'AuthToken',
    pattern: /^[^/"@ ]{16,128}$/,
    source: api('AmazonElastiCache', 'latest/dg/auth.html'),
  },
  {
    operation: 'CreateBucket',
    member: 'Bucket',
    pattern: /^(?!xn--)(?!.*\.\.)(?!.*-s3alias$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    source: api('AmazonS3', 'latest/userguide/bucketnamingrules.html'),
  },
  {
    operation: 'CreateSecurityGroup',
    member: 'Description',
    pattern: /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/,
    source: api('AWSEC2', 'latest/APIReference/API_CreateSecurityGroup.html'),
  },
  {
    operation: 'CreateSecret',
    member: 'Name',
    pattern: /^[a-zA-Z0-9/_+=.@-]{1,512}$/,
    source: api('secretsmanager', 'latest/apireference/API_CreateSecret.html'),
  },
  {
    operation: 'CreateTopic',
    member: 'Name',
    pattern: /^[a-zA-Z0-9_-]{1,256}$/,
    source: api('sns', 'latest/api/API_CreateTopic.html'),
  },
  {
    operation: 'CreateCluster',
    member: 'clusterName',
    pattern: /^[a-zA-Z0-9_-]{1,255}$/,
    source: api('AmazonECS', 'latest/APIReference/API_CreateCluster.html'),
  },
  {
    operation: 'CreateService',
    member: 'serviceName',
    pattern: /^[a-zA-Z0-9_-]{1,255}$/,
    source: api('AmazonECS', 'latest/APIReference/API_CreateService.html'),
  },
  {
    operation: 'RegisterTaskDefinition',
    member: 'family',
    pattern: /^[a-zA-Z0-9_-]{1,255}$/,
    source: api('AmazonECS', 'latest/APIReference/API_RegisterTaskDefinition.html'),
  },
  {
    operation: 'PutDashboard',
    member: 'DashboardName',
    pattern: /^[a-zA-Z0-9_-]{1,255}$/,
    source: api('AmazonCloudWatch', 'latest/APIReference/API_PutDashboard.html'),
  },
  // White space does not count, and JSON.stringify writes none.
  {
    operation: 'CreatePolicy',
    member: 'PolicyDocument',
    pattern: /^.{1,6144}$/s,
    source: api('IAM', 'latest/UserGuide/reference_iam-quotas.html'),
  },
  {
    operation: 'CreateRole',
    member: 'AssumeRolePolicyDocument',
    pattern: /^.{1,2048}$/s,
    source: api('IAM', 'latest/UserGuide/reference_iam-quotas.html'),
  },
  {
    operation: 'PutRolePolicy',
    member: 'PolicyDocument',
    pattern: /^.{1,10240}$/s,
    source: api('IAM', 'latest/UserGuide/reference_iam-quotas.html'),
  },
];

/** What a call would be refused for by the pages of its API. */
export function documentedProblems({ operation, parameters }: ApiCall): readonly string[] {
  return limits
    .filter((limit) => limit.operation === operation)
    .flatMap(({ member, pattern, source }) => {
      const value = parameters[member];
      return typeof value !== 'string' || pattern.test(value)
        ? []
        : [`${member}: "${value.slice(0, 80)}" does not match ${pattern}: ${source}`];
    });
}
