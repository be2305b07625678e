import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { TaskDefinition } from '@pulumi/aws/ecs/taskDefinition.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import * as pulumi from '@pulumi/pulumi';
import { type Contract, numbersOf } from '../contract/contract.ts';
import type { Secrets } from '../data/app-secrets.ts';
import type { Database } from '../data/database.ts';
import type { Valkey } from '../data/valkey.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import { createTextSecret } from '../foundation/random-secret.ts';
import type { Image } from '../image/image.ts';
import { type App, kindOf, type Process, programOf, releaseCommand } from '../manifest/app.ts';
import type { Network } from '../network/network.ts';
import { allowConnection, allowHttpsOut, allowOut, createSecurityGroup } from '../network/security-group.ts';
import type { Settings } from '../settings/settings.ts';
import type { Cluster } from './cluster.ts';
import { collectorDefinitions } from './container/collector.ts';
import { agentFolders, containerDefinition } from './container/definition.ts';
import { secretTexts } from './container/environment.ts';
import type { ContainerInput } from './container/input.ts';
import type { OwnVariables } from './own-resources.ts';
import { executionStatements, type Permissions, secretPermissions, taskPermissions } from './task-permissions.ts';

export interface TaskArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly app: App;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  readonly network: Network;
  readonly database: Database;
  readonly secrets: Secrets;
  /** Absent if Valkey is off. */
  readonly valkey: Valkey | undefined;
  readonly image: Image;
  readonly cluster: Cluster;
  /** Of the app's own resources. */
  readonly ownVariables: OwnVariables;
}

/**
 * Everything that ECS needs to run one process of the release: task definition, log group, security group and two roles.
 * ECS uses the execution role to pull the image and read secrets. The app uses the task role.
 *
 * Cost: logs per GB ingested and stored. Tasks cost only while they run.
 * Change: changing the task definition creates a revision. Earlier revisions stay registered as rollback targets.
 */
export class Task extends pulumi.ComponentResource {
  readonly definitionArn: pulumi.Output<string>;
  readonly securityGroup: SecurityGroup;
  readonly logGroupName: pulumi.Output<string>;
  readonly logGroupArn: pulumi.Output<string>;
  readonly taskRole: Role;
  readonly executionRole: Role;
  /** Permissions, security group rules and secrets that must exist before a task starts. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: Process, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Task', name, {}, opts);
    const { naming, network } = args;
    const logGroup = createLogGroup(name, { ...args, logGroupName: `/ecs/${physicalName(naming, name)}` }, this);
    this.securityGroup = createSecurityGroup(
      name,
      { vpcId: network.vpcId, description: `Tasks of ${name}`, naming },
      this,
    );
    const rules = [
      ...allowDatabase(name, args, this.securityGroup, this),
      ...allowValkey(name, args, this.securityGroup, this),
      ...allowHttpsOut(`${name}-to-aws`, { from: this.securityGroup, naming }, this),
      ...Object.entries(args.app.egress ?? {}).flatMap(([target, port]) =>
        allowOut(`${name}-egress-${target}`, { from: this.securityGroup, port, description: target, naming }, this),
      ),
    ];
    const { container, composed } = withComposedSecrets(name, args, containerOf(name, args, logGroup), this);
    const execution = createExecutionRole(name, args, { container, logGroup }, this);
    this.executionRole = execution.role;
    this.taskRole = createRole(`${name}-task`, args, this);
    const permissions = allow(`${name}-task`, this.taskRole, taskPermissions(name, args), this);
    const definition = createDefinition(
      name,
      args,
      { container, execution: execution.role, task: this.taskRole },
      this,
    );
    this.definitionArn = definition.arn;
    this.logGroupName = logGroup.name;
    this.logGroupArn = logGroup.arn;
    this.ready = [...rules, ...execution.policies, ...permissions, ...secretsReady(args), ...composed];
    this.registerOutputs({ definitionArn: this.definitionArn, logGroupName: this.logGroupName });
  }
}

/** Names of the log groups. */
export function logGroupNames(
  owners: Readonly<Record<string, { readonly task: Task }>>,
): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(owners).map(([name, { task }]) => [name, task.logGroupName]));
}

function createRole(name: string, { naming, boundary, cluster }: TaskArgs, parent: pulumi.Resource): Role {
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
            // Only for tasks of this account. Prevents ECS from acting as a confused deputy.
            Condition: { ArnLike: { 'aws:SourceArn': cluster.arnOfTasks } },
          },
        ],
      }),
      ...boundary.ofRole,
      tags: naming.tags,
    },
    { parent },
  );
}

/**
 * Migrations connect to the database itself. The way to the proxy is a rule of its own, so that switching
 * `databaseProxy` creates one way before the rollout and deletes the other one after it.
 */
function allowDatabase(
  name: Process,
  { database, naming }: TaskArgs,
  from: SecurityGroup,
  parent: pulumi.Resource,
): readonly pulumi.Resource[] {
  const { port, proxyGroup } = database;
  if (name === releaseCommand || proxyGroup === undefined) {
    const to = database.securityGroup;
    return allowConnection(
      `${name}-to-database`,
      { from, to, port, description: `${name} to database`, naming },
      parent,
    );
  }
  const description = `${name} to database proxy`;
  return allowConnection(`${name}-to-database-proxy`, { from, to: proxyGroup, port, description, naming }, parent);
}

/** Migrations do not use Valkey. */
function allowValkey(
  name: Process,
  { valkey, naming }: TaskArgs,
  from: SecurityGroup,
  parent: pulumi.Resource,
): readonly pulumi.Resource[] {
  if (valkey === undefined || name === releaseCommand) return [];
  const { securityGroup: to, port } = valkey;
  return allowConnection(`${name}-to-valkey`, { from, to, port, description: `${name} to Valkey`, naming }, parent);
}

function secretsReady({ database, valkey, secrets }: TaskArgs): readonly pulumi.Resource[] {
  const own = Object.values(secrets.byName).flatMap(({ ready }) => ready ?? []);
  return [...database.ready, ...(valkey?.ready ?? []), ...own];
}

type Container = ContainerInput<pulumi.Input<string>>;

const roleSetup = readFileSync(join(import.meta.dirname, 'migration', 'with-roles.cjs'), 'utf8');

/** ECS puts whole secrets into variables, so a text with a secret in it is a secret of its own. */
function withComposedSecrets(
  name: Process,
  args: TaskArgs,
  container: Container,
  parent: pulumi.Resource,
): { readonly container: Container; readonly composed: readonly pulumi.Resource[] } {
  const made = Object.entries(secretTexts(container)).map(([variable, text]) => {
    const description = `${variable} of ${name}, made of other secrets`;
    return [
      variable,
      createTextSecret(composedSecretName(args.app, name, variable), { ...args, description, text }, parent),
    ] as const;
  });
  return {
    container: { ...container, composed: Object.fromEntries(made.map(([key, { reference }]) => [key, reference])) },
    composed: made.map(([, { ready }]) => ready),
  };
}

/**
 * Logical name of a secret that is made for one variable of a process: `api-admin-url`. Two can meet: ADMIN_URL of `api`, and
 * URL of `api-admin`. Then the process with the longer name has a second hyphen, and everybody else's name stays.
 */
export function composedSecretName(app: App, name: Process, variable: string): string {
  const suffix = (of: string) => of.toLowerCase().replaceAll('_', '-');
  const plain = `${name}-${suffix(variable)}`;
  const shared = Object.keys(app.variables ?? {});
  const meets = [...Object.keys(app.processes), ...(app.release === undefined ? [] : [releaseCommand])].some(
    (other) =>
      name.startsWith(`${other}-`) &&
      [...shared, ...Object.keys(programOf(app, other).variables ?? {})].some(
        (taken) => `${other}-${suffix(taken)}` === plain,
      ),
  );
  return meets ? `${name}--${suffix(variable)}` : plain;
}

function containerOf(name: Process, args: TaskArgs, logGroup: LogGroup): Container {
  const { settings, contract, app, database, secrets, image } = args;
  return {
    process: name,
    app,
    image: image.reference,
    ownVariables: args.ownVariables[name] ?? {},
    release: { version: image.version, commit: image.commit },
    logGroup: logGroup.name,
    database: database.access,
    valkey: args.valkey?.access,
    roleSetup,
    secrets: Object.fromEntries(Object.entries(secrets.byName).map(([key, { reference }]) => [key, reference])),
    concat: (parts) => pulumi.concat(...parts),
    contract,
    settings,
  };
}

function createExecutionRole(
  name: string,
  args: TaskArgs,
  { container, logGroup }: { readonly container: Container; readonly logGroup: LogGroup },
  parent: pulumi.Resource,
) {
  const role = createRole(`${name}-execution`, args, parent);
  const scope = {
    repositoryArn: args.image.repositoryArn,
    logGroupArn: logGroup.arn,
    container,
    encryption: args.encryption,
  };
  const reads = allow(`${name}-execution`, role, secretPermissions(container), parent);
  const policy = new RolePolicy(
    `${name}-execution`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({ Version: '2012-10-17', Statement: executionStatements(scope) }),
    },
    // In stacks of an earlier version it is also what reads the secrets.
    { parent, dependsOn: [...reads] },
  );
  return { role, policies: [...reads, policy] };
}

/**
 * A policy for each purpose. A purpose that ends leaves the program, and the engine deletes what left the program after
 * everything else: tasks of the old release keep their permissions until the last of them has stopped.
 */
function allow(name: string, role: Role, permissions: Permissions, parent: pulumi.Resource): readonly RolePolicy[] {
  return Object.entries(permissions).map(([purpose, statements]) => {
    const policy = pulumi.jsonStringify({ Version: '2012-10-17', Statement: statements });
    return new RolePolicy(`${name}-${purpose}`, { role: role.name, policy }, { parent });
  });
}

function createDefinition(
  name: Process,
  { app, settings, contract, naming }: TaskArgs,
  made: { readonly container: Container; readonly execution: Role; readonly task: Role },
  parent: pulumi.Resource,
): TaskDefinition {
  const numbers = numbersOf(contract, name);
  const folders = agentFolders(kindOf(app, name), settings);
  const sidecars = name === releaseCommand ? [] : collectorDefinitions(made.container);
  return new TaskDefinition(
    name,
    {
      family: physicalName(naming, name),
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(numbers.cpuUnits),
      memory: String(numbers.taskMemoryMiB),
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: settings.release.cpuArchitecture },
      executionRoleArn: made.execution.arn,
      taskRoleArn: made.task.arn,
      ...(folders.length === 0 ? {} : { volumes: folders.map((folder) => ({ name: folder.name })) }),
      containerDefinitions: pulumi.jsonStringify([containerDefinition(made.container), ...sidecars]),
      // Keeps earlier revisions registered: a service cannot roll back to a deregistered one.
      skipDestroy: true,
      tags: naming.tags,
    },
    { parent },
  );
}
