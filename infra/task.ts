import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { TaskDefinition } from '@pulumi/aws/ecs/taskDefinition.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import * as pulumi from '@pulumi/pulumi';
import type { Cluster } from './cluster.ts';
import { containerDefinition, type Process } from './container.ts';
import type { Contract } from './contract.ts';
import type { Database } from './database.ts';
import type { Image } from './image.ts';
import { type Naming, physicalName } from './naming.ts';
import type { Network } from './network.ts';
import { allowConnection, allowHttpsOut, createSecurityGroup } from './security-group.ts';
import type { Settings } from './settings.ts';

export interface TaskArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly network: Network;
  readonly database: Database;
  readonly image: Image;
  readonly cluster: Cluster;
}

/**
 * What ECS needs to start a container of the release: task definition, log group, security group, and two roles: the
 * execution role is used by ECS to pull the image and to read the secrets, the task role by the app.
 *
 * Cost: logs by the GB that is written and kept; a task costs only while it runs.
 * Change: whatever changes the task definition makes a new revision; the old ones stay, to be rolled back to.
 */
export class Task extends pulumi.ComponentResource {
  readonly definitionArn: pulumi.Output<string>;
  readonly securityGroup: SecurityGroup;
  readonly logGroupName: pulumi.Output<string>;
  readonly logGroupArn: pulumi.Output<string>;
  readonly taskRole: Role;
  /** What has to be there before a task can start: its permissions and its ways through the security groups. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: Process, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Task', name, {}, opts);
    const { naming, network, database, settings } = args;
    const logGroup = new LogGroup(
      name,
      {
        name: `/ecs/${physicalName(naming, name)}`,
        retentionInDays: settings.observability.logRetentionDays,
        tags: naming.tags,
      },
      { parent: this },
    );
    this.securityGroup = createSecurityGroup(
      name,
      { vpcId: network.vpcId, description: `Tasks of ${name}`, naming },
      this,
    );
    const rules = [
      ...allowConnection(
        `${name}-to-database`,
        {
          from: this.securityGroup,
          to: database.securityGroup,
          port: database.port,
          description: `${name} to database`,
          naming,
        },
        this,
      ),
      ...allowHttpsOut(`${name}-to-aws`, { from: this.securityGroup, naming }, this),
    ];
    const execution = createExecutionRole(name, args, logGroup, this);
    this.taskRole = createRole(`${name}-task`, args, this);
    const definition = createDefinition(name, args, { logGroup, execution: execution.role, task: this.taskRole }, this);
    this.definitionArn = definition.arn;
    this.logGroupName = logGroup.name;
    this.logGroupArn = logGroup.arn;
    this.ready = [...rules, execution.policy];
    this.registerOutputs({ definitionArn: this.definitionArn, logGroupName: this.logGroupName });
  }
}

function createRole(name: string, { naming, cluster }: TaskArgs, parent: pulumi.Resource): Role {
  return new Role(
    name,
    {
      name: physicalName(naming, name, 'role'),
      assumeRolePolicy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Action: 'sts:AssumeRole',
            // Only for tasks of this account: ECS acts for others, too.
            Condition: { ArnLike: { 'aws:SourceArn': cluster.arnOfTasks } },
          },
        ],
      }),
      tags: naming.tags,
    },
    { parent },
  );
}

function createExecutionRole(name: string, args: TaskArgs, logGroup: LogGroup, parent: pulumi.Resource) {
  const role = createRole(`${name}-execution`, args, parent);
  const policy = new RolePolicy(
    `${name}-execution`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          // The token is for the whole registry: the API knows no resource for it.
          { Sid: 'LogInToRegistry', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
          {
            Sid: 'PullImage',
            Effect: 'Allow',
            Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
            Resource: args.image.repositoryArn,
          },
          {
            Sid: 'WriteLogs',
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: pulumi.interpolate`${logGroup.arn}:*`,
          },
          {
            Sid: 'ReadDatabasePassword',
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: args.database.secretArn,
          },
        ],
      }),
    },
    { parent },
  );
  return { role, policy };
}

function createDefinition(
  name: Process,
  { settings, contract, naming, database, image }: TaskArgs,
  made: { readonly logGroup: LogGroup; readonly execution: Role; readonly task: Role },
  parent: pulumi.Resource,
): TaskDefinition {
  const definition = containerDefinition<pulumi.Input<string>>({
    process: name,
    image: image.reference,
    logGroup: made.logGroup.name,
    database: database.access,
    contract,
    settings,
  });
  return new TaskDefinition(
    name,
    {
      family: physicalName(naming, name),
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(contract[name].cpuUnits),
      memory: String(contract[name].taskMemoryMiB),
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: settings.release.cpuArchitecture },
      executionRoleArn: made.execution.arn,
      taskRoleArn: made.task.arn,
      containerDefinitions: pulumi.jsonStringify([definition]),
      // A service cannot go back to a revision that was deregistered: without it each release would remove the last one.
      skipDestroy: true,
      tags: naming.tags,
    },
    { parent },
  );
}
