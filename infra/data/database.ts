import type { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { getInstanceOutput } from '@pulumi/aws/rds/getInstance.js';
import { Instance } from '@pulumi/aws/rds/instance.js';
import { ParameterGroup } from '@pulumi/aws/rds/parameterGroup.js';
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js';
import { SecretRotation } from '@pulumi/aws/secretsmanager/secretRotation.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Contract } from '../contract/contract.ts';
import { accountIdOf } from '../foundation/account.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import { createRandomSecret } from '../foundation/random-secret.ts';
import { type App, databaseAccessOf } from '../manifest/app.ts';
import type { Network } from '../network/network.ts';
import { createSecurityGroup, type HasId } from '../network/security-group.ts';
import type { ExistingDatabase, Settings } from '../settings/settings.ts';
import type { DatabaseAccess } from './access.ts';
import { publicAuthorities, rdsAuthorities } from './authorities.ts';
import { createDatabaseProxy } from './database-proxy.ts';
import type { InstanceSizes } from './existing-database.ts';

export interface DatabaseArgs {
  readonly app: App;
  readonly settings: Settings;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  readonly network: Network;
  readonly sizes: InstanceSizes;
}

const port = 5432;
const owner = 'postgres';
/**
 * The user of the app, by how it authenticates. Two users, because RDS refuses passwords of a member of rds_iam: while
 * `databaseAuthentication` changes, the tasks of both kinds connect.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
const ownUsers = Object.freeze({ tables: 'app_owner', password: 'app', iam: 'app_iam' });
/** Default of RDS. */
const rotationDays = 7;

/**
 * Postgres on RDS: encrypted, private to the VPC, TLS required, backed up. RDS generates, stores and rotates the owner's
 * password, so neither the program nor its state ever contains it. The app has a user of its own. With
 * `existingDatabaseIdentifier`, the server is not the stack's: the release command's task creates the database on it.
 *
 * Cost: the instance per hour (doubled by `databaseMultiAz`), storage and backups per GB, one or two secrets. With
 * `databaseProxy`, the proxy per hour and vCPU of the instance.
 * Change: `databaseInstanceClass` and `databaseEngineVersion` reboot it. `databaseName` replaces it, which is refused while
 * `deletionProtection` is on. Everything else changes in place.
 */
export class Database extends pulumi.ComponentResource {
  readonly port = port;
  readonly identifier: pulumi.Output<string>;
  /** Of this very instance: a replaced or restored one has another, even under the same name. */
  readonly resourceId: pulumi.Output<string>;
  readonly securityGroup: HasId;
  readonly sizes: InstanceSizes;
  /** Security group that the app connects to: that of the proxy, if there is one. */
  readonly proxyGroup: SecurityGroup | undefined;
  readonly access: DatabaseAccess<pulumi.Input<string>>;
  /** ARN of the app user for IAM authentication. Absent with password authentication. */
  readonly appUserArn: pulumi.Output<string> | undefined;
  /** Tasks must not start before these exist. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Database', name, {}, opts);
    this.sizes = args.sizes;
    const { database: existing } = args.settings.existing;
    const server = existing === undefined ? createServer(name, args, this) : existingServer(existing, args, this);
    this.securityGroup = server.securityGroup;
    this.identifier = server.identifier;
    this.resourceId = server.resourceId;
    const users = usersOf(args.settings);
    const tables = createTablesPassword(args, this);
    const password = databaseAccessOf(args.app) === 'tables' ? tables : createAppPassword(args, this);
    const proxy =
      password === undefined || server.instance === undefined || !args.settings.database.proxy
        ? undefined
        : createDatabaseProxy(name, { ...args, ...server.instance, port, password }, this);
    this.proxyGroup = proxy?.securityGroup;
    const passwords = new Set([password, tables].filter((secret) => secret !== undefined));
    this.ready = [...[...passwords].map(({ ready }) => ready), ...(proxy?.ready ?? [])];
    this.appUserArn = password === undefined ? userArn(args, server.resourceId, this) : undefined;
    this.access = {
      host: server.host,
      port,
      ...authoritiesOf(args),
      name: args.settings.database.name,
      owner: {
        name: server.owner,
        passwordFrom: { arn: server.ownerSecret, valueFrom: pulumi.interpolate`${server.ownerSecret}:password::` },
      },
      ...(tables === undefined ? {} : { tables: { name: users.tables, passwordFrom: tables.reference } }),
      ...(existing === undefined ? {} : { sharesServer: sharedBy(args) }),
      app: {
        name: tables !== undefined && password === tables ? users.tables : users[args.settings.database.authentication],
        ...(password === undefined ? {} : { passwordFrom: password.reference }),
        ...(proxy === undefined ? {} : { proxyHost: proxy.host }),
      },
    };
    this.registerOutputs({ identifier: this.identifier });
  }
}

interface Users {
  readonly tables: string;
  readonly password: string;
  readonly iam: string;
}

/** Roles are of a whole server: on one with databases of others, they are named after the database, which is unique there. */
function usersOf({ existing, database: { name } }: Settings): Users {
  if (existing.database === undefined) return ownUsers;
  return { ...ownUsers, tables: `${name}_owner`, password: `${name}_app` };
}

interface Server {
  readonly securityGroup: HasId;
  readonly identifier: pulumi.Output<string>;
  readonly resourceId: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;
  readonly owner: string;
  readonly ownerSecret: pulumi.Input<string>;
  /** Absent where it is not the stack's. */
  readonly instance?: { readonly instance: Instance; readonly securityGroup: SecurityGroup };
}

function createServer(name: string, args: DatabaseArgs, parent: pulumi.Resource): Server {
  const { naming, network } = args;
  const securityGroup = createSecurityGroup(name, { vpcId: network.vpcId, description: 'Database', naming }, parent);
  const logs = createLogGroups(name, args, parent);
  const instance = createInstance(name, args, securityGroup, logs, parent);
  const ownerSecret = instance.masterUserSecrets.apply(firstSecretArn);
  rotatePassword(name, ownerSecret, parent);
  const { identifier, resourceId, address: host } = instance;
  return { securityGroup, identifier, resourceId, host, owner, ownerSecret, instance: { instance, securityGroup } };
}

/** Nothing of it is created: its address and resource id are read. */
function existingServer(existing: ExistingDatabase, { settings }: DatabaseArgs, parent: pulumi.Resource): Server {
  const { identifier, securityGroupId, ownerSecretArn } = existing;
  const found = getInstanceOutput({ dbInstanceIdentifier: identifier, region: settings.region }, { parent });
  return {
    securityGroup: { id: securityGroupId },
    identifier: pulumi.output(identifier),
    resourceId: found.resourceId,
    host: found.address,
    owner: existing.owner,
    ownerSecret: ownerSecretArn,
  };
}

/** What tells the databases of a server apart, and the number of connections that the contract counts on. */
function sharedBy({ naming, contract }: DatabaseArgs): NonNullable<DatabaseAccess<never>['sharesServer']> {
  return { mark: `Of ${naming.prefix}`, maxConnections: contract.database.maxConnections };
}

/** The proxy has a public certificate: whoever connects to it has to know those authorities, too. */
function authoritiesOf({ settings }: DatabaseArgs): Pick<DatabaseAccess<never>, 'authorities'> {
  const own = rdsAuthorities(settings.region);
  if (own === undefined) return {};
  return { authorities: settings.database.proxy ? `${own}${publicAuthorities()}` : own };
}

/** Absent where the release command runs as the owner of the database. */
function createTablesPassword(args: DatabaseArgs, parent: pulumi.Resource) {
  if (databaseAccessOf(args.app) === 'release-command') return undefined;
  const { tables } = usersOf(args.settings);
  const description = `Password of the database user ${tables}, who owns the app's tables`;
  return createRandomSecret('tables-password', { ...args, description, user: tables }, parent);
}

/** Absent with IAM authentication. */
function createAppPassword(args: DatabaseArgs, parent: pulumi.Resource) {
  if (args.settings.database.authentication === 'iam') return undefined;
  const { password: user } = usersOf(args.settings);
  const description = `Password of the database user ${user}: migrations set it, services connect with it`;
  return createRandomSecret('app-password', { ...args, description, user }, parent);
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
function userArn(
  { settings }: DatabaseArgs,
  resourceId: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { region } = settings;
  return pulumi.interpolate`arn:${partitionOf(region)}:rds-db:${region}:${accountIdOf(parent)}:dbuser:${resourceId}/${ownUsers.iam}`;
}

function firstSecretArn(secrets: readonly { secretArn: string }[]): string {
  const [secret] = secrets;
  if (secret === undefined) throw new Error('RDS returned no master user secret although it was asked to manage one.');
  return secret.secretArn;
}

/** Otherwise RDS creates them itself, without a retention period. */
function createLogGroups(name: string, args: DatabaseArgs, parent: pulumi.Resource): LogGroup[] {
  const folder = `/aws/rds/instance/${physicalName(args.naming, '', 'database')}`;
  return ['postgresql', 'upgrade'].map((log) =>
    createLogGroup(`${name}-${log}`, { ...args, logGroupName: `${folder}/${log}` }, parent),
  );
}

function createInstance(
  name: string,
  args: DatabaseArgs,
  securityGroup: SecurityGroup,
  logs: readonly LogGroup[],
  parent: pulumi.Resource,
): Instance {
  const { settings, naming, network, encryption } = args;
  const { database, deletionProtection } = settings;
  const subnets = new SubnetGroup(
    name,
    { subnetIds: network.isolatedSubnetIds, description: 'Database', tags: naming.tags },
    { parent },
  );
  const parameters = createParameters(name, args, parent);
  // Snapshot names are unique, and this id is another one in every incarnation of the environment.
  const incarnation = settings.existing.vpc === undefined ? network.vpcId : securityGroup.id;
  return new Instance(
    name,
    {
      identifier: physicalName(naming, '', 'database'),
      engine: 'postgres',
      engineVersion: database.engineVersion,
      autoMinorVersionUpgrade: true,
      instanceClass: database.instanceClass,
      parameterGroupName: parameters.name,
      dbName: database.name,
      username: owner,
      manageMasterUserPassword: true,
      iamDatabaseAuthenticationEnabled: database.authentication === 'iam',
      storageType: 'gp3',
      allocatedStorage: database.storageGiB,
      maxAllocatedStorage: database.maxStorageGiB,
      storageEncrypted: true,
      ...keysOf(encryption),
      multiAz: database.multiAz,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [securityGroup.id],
      publiclyAccessible: false,
      port,
      // The contract assumes the new values at once: a change in the next maintenance window would break it until then.
      applyImmediately: true,
      caCertIdentifier: 'rds-ca-rsa2048-g1',
      backupRetentionPeriod: database.backupRetentionDays,
      backupWindow: database.backupWindow,
      maintenanceWindow: database.maintenanceWindow,
      copyTagsToSnapshot: true,
      deletionProtection,
      skipFinalSnapshot: !database.finalSnapshot,
      finalSnapshotIdentifier: pulumi.interpolate`${physicalName(naming, 'final')}-${incarnation}`,
      performanceInsightsEnabled: true,
      // Seven days are free.
      performanceInsightsRetentionPeriod: 7,
      enabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
      tags: naming.tags,
    },
    // The identifier is fixed, so the old instance must be deleted before a new one can be created.
    {
      parent,
      protect: deletionProtection,
      deleteBeforeReplace: true,
      dependsOn: [...logs],
      // Back to passwords, it keeps taking tokens: it changes before the services, whose old tasks still log in with them.
      ignoreChanges: database.authentication === 'iam' ? [] : ['iamDatabaseAuthenticationEnabled'],
    },
  );
}

/** The owner's password and Performance Insights have keys separate from that of the storage. */
function keysOf({ keyArn }: Encryption) {
  if (keyArn === undefined) return {};
  return { kmsKeyId: keyArn, masterUserSecretKmsKeyId: keyArn, performanceInsightsKmsKeyId: keyArn };
}

function createParameters(
  name: string,
  { settings, contract, naming }: DatabaseArgs,
  parent: pulumi.Resource,
): ParameterGroup {
  const [major] = settings.database.engineVersion.split('.');
  return new ParameterGroup(
    name,
    {
      family: `postgres${major}`,
      description: 'Settings of the database',
      parameters: [
        { name: 'rds.force_ssl', value: '1' },
        { name: 'max_connections', value: String(contract.database.maxConnections), applyMethod: 'pending-reboot' },
        { name: 'log_min_duration_statement', value: String(settings.database.slowStatementMs) },
        { name: 'idle_in_transaction_session_timeout', value: String(settings.database.idleInTransactionTimeoutMs) },
      ],
      tags: naming.tags,
    },
    { parent },
  );
}

/**
 * No long-running process uses the owner's password: a migration reads it when it starts, and the app has its own user.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
function rotatePassword(name: string, secretId: pulumi.Input<string>, parent: pulumi.Resource): void {
  new SecretRotation(
    `${name}-password`,
    {
      secretId,
      rotationEnabled: true,
      rotationRules: { automaticallyAfterDays: rotationDays },
      // An immediate rotation would coincide with the first migration.
      rotateImmediately: false,
    },
    { parent },
  );
}
