import { Policy } from '@pulumi/aws/iam/policy.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import { type App, kindOf, permissionsOf, releaseCommand, settingPrefixOf } from '../manifest/app.ts';
import { namedArns } from '../manifest/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { accountIdOf } from './account.ts';
import { appStatements } from './app-statements.ts';
import {
  boundaryNameOfExpiring,
  expiringNaming,
  isPattern,
  type Naming,
  physicalName,
  secretParameter,
} from './naming.ts';
import { actions, arn, type NameScope, ownTags, type Statement } from './statement.ts';

export interface PermissionsBoundaryArgs {
  readonly settings: Pick<Settings, 'github' | 'rolesBoundary' | 'region' | 'environment' | 'variables' | 'existing'>;
  readonly naming: Naming;
  readonly app: App;
}

/** What the boundary is limited to. */
interface BoundaryScope extends NameScope {
  /** Name of a cluster that is not the stack's. Absent: its own. */
  readonly existingCluster?: string;
}

/** Physical name of the policy, which the permissions of the workflows require. */
export function boundaryName(naming: Naming): string {
  return physicalName(naming, 'boundary');
}

/**
 * The most that any role of this environment may be allowed, whatever its own policies say. Workflows create and change
 * roles; without a boundary they could create one that may do everything. They cannot change the boundary.
 *
 * An environment of a pull request has no boundary of its own, which its workflow would have to create: it takes that of
 * the environment that it is made from, `rolesBoundary`.
 *
 * Cost: none.
 * Change: with `githubRepository`, every role gets it, in place. A person has to run that update, and one that changes
 * the permissions or the ARNs of secrets that the app's manifest and stack file name.
 */
export class PermissionsBoundary extends pulumi.ComponentResource {
  /** For the options of a role. Empty without workflows. */
  readonly ofRole: { readonly permissionsBoundary?: pulumi.Output<string> };

  constructor(name: string, args: PermissionsBoundaryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:PermissionsBoundary', name, {}, opts);
    const { settings, naming } = args;
    const partition = partitionOf(settings.region);
    const { github, rolesBoundary } = settings;
    this.ofRole = {};
    if (rolesBoundary !== undefined) {
      const permissionsBoundary = pulumi.interpolate`arn:${partition}:iam::${accountIdOf(this)}:policy/${rolesBoundary}`;
      this.ofRole = { permissionsBoundary };
    }
    if (github !== undefined) {
      const { cluster } = settings.existing;
      const scope = { naming, partition, ...(cluster === undefined ? {} : { existingCluster: cluster.name }) };
      const policy = createPolicy(
        name,
        { name: boundaryName(naming), scope, statements: appsOwnStatements(args), args },
        this,
      );
      this.ofRole = { permissionsBoundary: policy.arn };
    }
    if (github?.pullRequests === true) {
      // Their servers are their own, whatever this environment shares with others.
      const own = { ...args, settings: { ...settings, existing: {} } };
      createPolicy(
        `${name}-pull-requests`,
        {
          name: boundaryNameOfExpiring(naming),
          scope: { naming: expiringNaming(), partition },
          statements: appsOwnStatements(own),
          args,
        },
        this,
      );
    }
    this.registerOutputs({});
  }
}

interface BoundaryPolicy {
  readonly name: string;
  readonly scope: BoundaryScope;
  readonly statements: readonly Statement[];
  readonly args: PermissionsBoundaryArgs;
}

function createPolicy(
  logicalName: string,
  { name, scope, statements, args: { app, naming } }: BoundaryPolicy,
  parent: pulumi.Resource,
): Policy {
  return new Policy(
    logicalName,
    {
      name,
      description: `What roles of ${scope.naming.prefix} may be allowed at most`,
      policy: JSON.stringify({ Version: '2012-10-17', Statement: [...boundaryStatements(scope, app), ...statements] }),
      tags: naming.tags,
    },
    { parent },
  );
}

/** What the manifest and the stack file add. */
function appsOwnStatements({ app, settings }: PermissionsBoundaryArgs): readonly Statement[] {
  const named = namedArns(app, settings);
  const { database } = settings.existing;
  return [
    ...(database === undefined
      ? []
      : [
          {
            Sid: 'ReadOwnerOfExistingDatabase',
            Effect: 'Allow' as const,
            Action: actions({ secretsmanager: 'GetSecretValue' }),
            Resource: database.ownerSecretArn,
          },
        ]),
    ...(named.length === 0
      ? []
      : [
          {
            Sid: 'ReadNamedSecrets',
            Effect: 'Allow' as const,
            Action: [...new Set(named.map(({ action }) => action))],
            Resource: named.map((secret) => secret.arn),
          },
        ]),
    ...permissionsOf(app).flatMap(([process, permissions]) => appStatements(permissions, settings, sidOf(process))),
  ];
}

/** Pure. What tasks, the proxy of the database, a traffic shift and flow logs need together, each limited to its environment. */
export function boundaryStatements(scope: BoundaryScope, app: App): readonly Statement[] {
  const { naming } = scope;
  const { prefix, tags } = naming;
  const of = (service: string, resource: string) => arn(scope, service, resource);
  const groups = [
    ...[...Object.keys(app.processes), releaseCommand, 'shells'].map((role) => `/ecs/${physicalName(naming, role)}`),
    `/vpc/${physicalName(naming, 'flows')}`,
  ];
  return [
    ...startsOf(scope, app),
    {
      Sid: 'WithoutResources',
      Effect: 'Allow',
      Action: actions({
        ecr: 'GetAuthorizationToken',
        elasticloadbalancing: 'DescribeListeners DescribeRules DescribeTargetGroups DescribeTargetHealth',
        logs: 'DescribeLogGroups',
        ssmmessages: 'CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel',
        xray: 'PutTelemetryRecords PutTraceSegments',
      }),
      Resource: '*',
    },
    {
      // A promoted release is in the registry of the environment that built it.
      Sid: 'PullImages',
      Effect: 'Allow',
      Action: actions({ ecr: 'BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer' }),
      Resource: of('ecr', `repository/${isPattern(naming) ? physicalName(naming, '') : `${tags.Project}-*`}`),
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: actions({ logs: 'CreateLogStream DescribeLogStreams PutLogEvents' }),
      Resource: groups.flatMap((group) => [of('logs', `log-group:${group}`), of('logs', `log-group:${group}:*`)]),
    },
    {
      Sid: 'ReadOwnSecrets',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'GetSecretValue' }),
      Resource: of('secretsmanager', `secret:${prefix}-*`),
      Condition: ownTags(scope),
    },
    {
      // RDS names the secret of the database's owner.
      Sid: 'ReadPasswordOfDatabase',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'GetSecretValue' }),
      Resource: of('secretsmanager', 'secret:rds!db-*'),
      // RDS tags it with its instance: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
      ...(isPattern(naming)
        ? {
            Condition: {
              ArnLike: { 'aws:ResourceTag/aws:rds:primaryDBInstanceArn': of('rds', `db:${prefix}`) },
            },
          }
        : {}),
    },
    {
      Sid: 'ReadOwnParameters',
      Effect: 'Allow',
      Action: actions({ ssm: 'GetParameters' }),
      Resource: of('ssm', `parameter${secretParameter(naming, '*')}`),
    },
    {
      Sid: 'DecryptWithOwnKey',
      Effect: 'Allow',
      Action: actions({ kms: 'Decrypt' }),
      Resource: of('kms', 'key/*'),
      Condition: ownTags(scope),
    },
    {
      Sid: 'ConnectToDatabase',
      Effect: 'Allow',
      Action: actions({ 'rds-db': 'connect' }),
      Resource: of('rds-db', 'dbuser:*/app_iam'),
    },
    {
      Sid: 'SendMail',
      Effect: 'Allow',
      Action: actions({ ses: 'SendEmail' }),
      Resource: of('ses', 'identity/*'),
    },
    {
      Sid: 'ShiftTraffic',
      Effect: 'Allow',
      Action: actions({ elasticloadbalancing: 'DeregisterTargets ModifyRule RegisterTargets' }),
      Resource: [
        of('elasticloadbalancing', `listener-rule/app/${physicalName(naming, '', 'loadBalancer')}/*`),
        of('elasticloadbalancing', 'targetgroup/edge-*/*'),
      ],
      Condition: ownTags(scope),
    },
  ];
}

/** A Sid has letters and digits only. */
function sidOf(process: string): string {
  const prefix = settingPrefixOf(process);
  return `${prefix.charAt(0).toUpperCase()}${prefix.slice(1)}`;
}

/** What schedules need to start tasks; nothing where the app has none. */
function startsOf(scope: BoundaryScope, app: App): readonly Statement[] {
  const { naming } = scope;
  const scheduled = Object.keys(app.processes).filter((name) => kindOf(app, name) === 'schedule');
  if (scheduled.length === 0) return [];
  const roles = scheduled.flatMap((name) => [`${name}-execution`, `${name}-task`]);
  return [
    {
      Sid: 'StartTasks',
      Effect: 'Allow',
      Action: actions({ ecs: 'RunTask TagResource' }),
      Resource: [
        ...scheduled.map((name) => arn(scope, 'ecs', `task-definition/${physicalName(naming, name)}:*`)),
        arn(scope, 'ecs', `task/${scope.existingCluster ?? physicalName(naming, '')}/*`),
      ],
    },
    {
      Sid: 'PassRolesOfTasks',
      Effect: 'Allow',
      Action: actions({ iam: 'PassRole' }),
      Resource: roles.map((role) => arn(scope, 'iam', `role/${physicalName(naming, role, 'role')}`)),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
  ];
}
