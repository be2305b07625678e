import {
  CreateDBSnapshotCommand,
  type DBInstance,
  DBInstanceNotFoundFault,
  type DBSnapshot,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBInstances,
  paginateDescribeDBSnapshots,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
  type RestoreDBInstanceToPointInTimeMessage,
} from '@aws-sdk/client-rds';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { Backups, RestorableTimes, RestoredDatabase, RestoreRequest, Snapshot } from '../release/backups.ts';
import type { Clock } from '../release/clock.ts';
import { known } from '../release/known.ts';
import type { Environment, Progress } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

export interface AwsBackupsOptions {
  readonly clients: (environment: Environment) => Pick<AwsClients, 'rds'>;
  readonly names: (environment: Environment) => AwsNames;
  readonly clock: Clock;
  /** Whether RDS Proxy is in front of it. */
  readonly hasProxy: (environment: Environment) => boolean;
  /** Runs what changes an environment, or only reads it, after AWS and the backend were compared. */
  readonly guarded: <T>(environment: Environment, access: 'change' | 'report', run: () => Promise<T>) => Promise<T>;
  /** Makes the state of the stack have another instance as its database, by the resource id. */
  readonly pointTo: (environment: Environment, resourceId: string, progress: Progress) => Promise<void>;
  readonly reading: Reading;
}

/** How the content of a private instance is read from here. Both reject with a UserError that says why it cannot be. */
interface Reading {
  readonly assertPossible: (environment: Environment) => Promise<void>;
  readonly tables: (
    environment: Environment,
    instance: string,
    signal: AbortSignal,
  ) => Promise<NonNullable<RestoredDatabase['tables']>>;
}

/** RDS uploads transaction logs every five minutes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html */
const uploadSeconds = 300;
/** RDS publishes no figure for how long a restore takes: it grows with the size and with the logs to replay. */
const restoreTimeoutMs = 4 * 3_600_000;
/** A new name takes up to ten minutes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html */
const renameTimeoutMs = 20 * 60_000;
const pollMs = 15_000;

/** Backups of an environment's RDS instance. What is restored is a new instance; nothing is deleted before somebody says so. */
export function createAwsBackups(options: AwsBackupsOptions): Backups {
  const { clients, names, clock, guarded } = options;
  const rdsOf = (environment: Environment) => ({ rds: clients(environment).rds, clock });
  return {
    report: (environment) =>
      guarded(environment, 'report', async () => {
        assertOwn(environment, names(environment));
        const { rds } = clients(environment);
        const instances = await instancesOf(rds, names(environment));
        const [serving] = instances;
        if (serving === undefined) return undefined;
        const windows = await Promise.all(instances.map((instance) => windowOf(rds, instance)));
        const snapshots = await Promise.all(instances.map((instance) => snapshotsOf(rds, instance)));
        return {
          times: windows.filter((window) => window !== undefined).toSorted((a, b) => (a.from < b.from ? -1 : 1)),
          snapshots: snapshots.flat().toSorted((a, b) => (a.at < b.at ? -1 : 1)),
          kept: instances.slice(1).map(({ DBInstanceIdentifier: id = '', AllocatedStorage }) => ({
            id,
            what: id.startsWith(`${names(environment).database}-copy-`) ? 'copy' : 'replaced',
            ...(AllocatedStorage === undefined ? {} : { sizeMiB: AllocatedStorage * 1024 }),
          })),
          atMostLost: { seconds: uploadSeconds, why: 'RDS uploads transaction logs every five minutes' },
        };
      }),
    create: (environment, progress, signal) =>
      guarded(environment, 'change', async () => {
        assertOwn(environment, names(environment));
        const { database, tags } = names(environment);
        const id = `${database}-manual-${stamp(clock.now())}`;
        progress.step(`Make the snapshot ${id}`);
        const { rds } = clients(environment);
        await talkToAws(() =>
          rds.send(
            new CreateDBSnapshotCommand({
              DBInstanceIdentifier: database,
              DBSnapshotIdentifier: id,
              Tags: tagList(tags),
            }),
          ),
        );
        const waiting = { ...rdsOf(environment), progress, signal, timeoutMs: restoreTimeoutMs };
        const made = await untilSnapshot(waiting, id);
        return { id, at: iso(made.SnapshotCreateTime) ?? iso(new Date(clock.now())) ?? '', made: 'manual' };
      }),
    restore: (request, progress, signal) =>
      guarded(request.from, 'report', () =>
        guarded(request.into, 'change', async () => {
          const id = `${names(request.into).database}-copy-${stamp(clock.now())}`;
          await startRestore(options, request, id, progress);
          const waiting = { ...rdsOf(request.into), progress, signal, timeoutMs: restoreTimeoutMs };
          await untilAvailable(waiting, id);
          progress.step(`Read ${id} back, through a running task of ${request.into}`);
          const read = await known(() => options.reading.tables(request.into, id, signal));
          return 'value' in read ? { id, tables: read.value } : { id, notRead: read.unknown };
        }),
      ),
    unreadable: (environment) =>
      guarded(environment, 'report', async () => {
        const possible = await known(() => options.reading.assertPossible(environment));
        return 'unknown' in possible ? possible.unknown : undefined;
      }),
    switchTo: (environment, id, progress, signal) =>
      guarded(environment, 'change', async () => {
        assertOwn(environment, names(environment));
        const { database } = names(environment);
        const before = `${database}-before-${stamp(clock.now())}`;
        const { rds } = clients(environment);
        const [copy, serving] = await Promise.all([describe(rds, id), describe(rds, database)]);
        if (copy?.DbiResourceId === undefined) throw gone(id);
        const renaming = { ...rdsOf(environment), progress, signal, timeoutMs: renameTimeoutMs };
        if (serving !== undefined) {
          progress.step(`Rename ${database} to ${before}`);
          await rename(renaming, database, before);
        }
        progress.step(`Rename ${id} to ${database}`);
        try {
          await rename(renaming, id, database);
        } catch (error) {
          if (serving !== undefined && (await describe(rds, database)) === undefined) {
            progress.step(`Rename ${before} back to ${database}`);
            await rename({ ...renaming, signal: new AbortController().signal }, before, database);
          }
          throw error;
        }
        await options.pointTo(environment, copy.DbiResourceId, progress);
        return before;
      }),
    remove: (environment, id) =>
      guarded(environment, 'change', async () => {
        assertOwn(environment, names(environment));
        const { rds } = clients(environment);
        const [serving, ...others] = await instancesOf(rds, names(environment));
        if (others.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id)) {
          await removeInstance(rds, id);
          return true;
        }
        const snapshots = serving === undefined ? [] : await snapshotsOf(rds, serving);
        if (!snapshots.some((snapshot) => snapshot.id === id && snapshot.made === 'manual')) return false;
        await talkToAws(() => rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id })));
        return true;
      }),
  };
}

type Rds = AwsClients['rds'];

/** A server with databases of others is not restored for the sake of one. */
function assertOwn(environment: Environment, { sharedDatabase, database }: AwsNames): void {
  if (sharedDatabase === undefined) return;
  throw new Refusal({
    code: 'DATABASE_NOT_OURS',
    message: `${environment} uses the existing instance ${database}, which is not the stack’s.`,
    rule: 'A restore makes another instance of the whole server, with the databases of everybody on it.',
    remedy: 'Restore it as its owner does, and set existingDatabaseIdentifier to the new instance.',
  });
}

async function describe(rds: Rds, id: string): Promise<DBInstance | undefined> {
  return talkToAws(async () => {
    try {
      const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
      return DBInstances[0];
    } catch (error) {
      if (error instanceof DBInstanceNotFoundFault) return undefined;
      throw error;
    }
  });
}

/** The one that serves first, then those that restores have left, by their names and tags. */
async function instancesOf(rds: Rds, { database, tags }: AwsNames): Promise<readonly DBInstance[]> {
  const found: DBInstance[] = [];
  await talkToAws(async () => {
    for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds }, {})) {
      found.push(...DBInstances);
    }
  });
  const isOurs = ({ TagList = [] }: DBInstance) =>
    TagList.some(({ Key, Value }) => Key === 'Project' && Value === tags.Project) &&
    TagList.some(({ Key, Value }) => Key === 'Environment' && Value === tags.Environment);
  const serving = found.filter(({ DBInstanceIdentifier }) => DBInstanceIdentifier === database);
  const others = found.filter(
    (instance) => /-(before|copy)-\d{8}t\d{6}z$/.test(instance.DBInstanceIdentifier ?? '') && isOurs(instance),
  );
  return [...serving, ...others];
}

async function windowOf(rds: Rds, { DbiResourceId }: DBInstance): Promise<RestorableTimes | undefined> {
  const { DBInstanceAutomatedBackups: [backup] = [] } = await talkToAws(() =>
    rds.send(new DescribeDBInstanceAutomatedBackupsCommand({ DbiResourceId })),
  );
  const { EarliestTime, LatestTime } = backup?.RestoreWindow ?? {};
  const [from, to] = [iso(EarliestTime), iso(LatestTime)];
  return from === undefined || to === undefined ? undefined : { from, to };
}

async function snapshotsOf(rds: Rds, { DbiResourceId }: DBInstance): Promise<readonly Snapshot[]> {
  const found: DBSnapshot[] = [];
  await talkToAws(async () => {
    for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client: rds }, { DbiResourceId })) {
      found.push(...DBSnapshots);
    }
  });
  return found
    .filter(({ Status }) => Status === 'available')
    .map(({ DBSnapshotIdentifier: id = '', SnapshotCreateTime, SnapshotType, AllocatedStorage }) => ({
      id,
      at: iso(SnapshotCreateTime) ?? '',
      made: SnapshotType === 'automated' ? 'automatic' : 'manual',
      ...(AllocatedStorage === undefined ? {} : { sizeMiB: AllocatedStorage * 1024 }),
    }));
}

async function startRestore(
  { clients, names, hasProxy }: AwsBackupsOptions,
  { from, into, at, snapshot }: RestoreRequest,
  id: string,
  progress: Progress,
): Promise<void> {
  assertOwn(from, names(from));
  assertOwn(into, names(into));
  if (hasProxy(into)) throw behindProxy(into);
  const { rds } = clients(from);
  const [model, sources] = await Promise.all([
    describe(clients(into).rds, names(into).database),
    instancesOf(rds, names(from)),
  ]);
  const [current] = sources;
  if (model === undefined) throw gone(names(into).database);
  if (current === undefined) throw gone(names(from).database);
  assertAlike(from, current, into, model);
  const settings = settingsLike(model, names(into));
  if (snapshot !== undefined) {
    progress.step(`Restore ${snapshot} to the new instance ${id}`);
    await talkToAws(() =>
      rds.send(
        new RestoreDBInstanceFromDBSnapshotCommand({
          ...settings,
          DBSnapshotIdentifier: snapshot,
          DBInstanceIdentifier: id,
        }),
      ),
    );
    return;
  }
  const source = await sourceAt(rds, sources, at);
  if (source?.DbiResourceId === undefined) throw gone(`${names(from).database} of ${at}`);
  progress.step(`Restore ${source.DBInstanceIdentifier} as it was at ${at} to the new instance ${id}`);
  await talkToAws(() =>
    rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        ...settings,
        SourceDbiResourceId: source.DbiResourceId,
        TargetDBInstanceIdentifier: id,
        RestoreTime: new Date(at),
      }),
    ),
  );
}

/** After a restore, times before it belong to the instance that was replaced. */
async function sourceAt(rds: Rds, instances: readonly DBInstance[], at: string): Promise<DBInstance | undefined> {
  const moment = Date.parse(at);
  for (const instance of instances) {
    const window = await windowOf(rds, instance);
    if (window !== undefined && Date.parse(window.from) <= moment && moment <= Date.parse(window.to)) return instance;
  }
  return undefined;
}

/** What a restore does not take from the source, and the program says of the instance. `up` sets the rest in place. */
function settingsLike(
  model: DBInstance,
  { tags }: AwsNames,
): Omit<RestoreDBInstanceToPointInTimeMessage, 'TargetDBInstanceIdentifier'> {
  const { MasterUserSecret, DBParameterGroups: [parameters] = [], DBSubnetGroup } = model;
  return {
    DBInstanceClass: model.DBInstanceClass,
    DBSubnetGroupName: DBSubnetGroup?.DBSubnetGroupName,
    VpcSecurityGroupIds: model.VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []),
    DBParameterGroupName: parameters?.DBParameterGroupName,
    MultiAZ: model.MultiAZ,
    PubliclyAccessible: false,
    AutoMinorVersionUpgrade: model.AutoMinorVersionUpgrade,
    StorageType: model.StorageType,
    MaxAllocatedStorage: model.MaxAllocatedStorage,
    EnableIAMDatabaseAuthentication: model.IAMDatabaseAuthenticationEnabled,
    EnableCloudwatchLogsExports: model.EnabledCloudwatchLogsExports,
    CACertificateIdentifier: model.CACertificateIdentifier,
    CopyTagsToSnapshot: true,
    DeletionProtection: model.DeletionProtection,
    ManageMasterUserPassword: true,
    ...(MasterUserSecret?.KmsKeyId === undefined ? {} : { MasterUserSecretKmsKeyId: MasterUserSecret.KmsKeyId }),
    Tags: tagList(tags),
  };
}

/** Of these, another value would make the next `up` replace the instance. */
function assertAlike(from: Environment, source: DBInstance, into: Environment, model: DBInstance): void {
  const accountOf = ({ DBInstanceArn = '' }: DBInstance) => DBInstanceArn.split(':').slice(3, 5).join(' in account ');
  const facts = [
    ['Region and account', accountOf(source), accountOf(model)],
    ['database name', source.DBName, model.DBName],
    ['owner', source.MasterUsername, model.MasterUsername],
    ['KMS key', source.KmsKeyId, model.KmsKeyId],
    ['major version', source.EngineVersion?.split('.')[0], model.EngineVersion?.split('.')[0]],
  ] as const;
  const differing = facts.filter(([, a, b]) => a !== b);
  if (differing.length === 0) return;
  throw new Refusal({
    code: 'RESTORE_INCOMPATIBLE',
    message: `A database of ${from} cannot take the place of that of ${into}: ${differing.map(([what, a, b]) => `${what} ${a ?? 'none'}, not ${b ?? 'none'}`).join('; ')}.`,
    rule: 'None of this can change on an instance that exists: the next `up` would replace it, with its data.',
    remedy:
      'docs/restore.md says how to copy a snapshot to another account, Region or key. --copy is not possible either.',
  });
}

function behindProxy(environment: Environment): Refusal {
  return new Refusal({
    code: 'RESTORE_BEHIND_PROXY',
    message: `${environment} has RDS Proxy, which is bound to the instance that serves.`,
    rule: 'Whether RDS Proxy follows an instance that takes over a name is not documented.',
    remedy: `Set databaseProxy to false and run \`up\`, restore, then set it again.`,
  });
}

interface Waiting {
  readonly rds: Rds;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Asks again until `read` gives something, and says what the state is whenever it changes. */
async function until<T>(
  { clock, progress, signal, timeoutMs }: Waiting,
  what: string,
  read: () => Promise<{ readonly done: T } | { readonly state: string }>,
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  let said = '';
  for (;;) {
    const found = await read();
    if ('done' in found) return found.done;
    if (found.state !== said) progress.detail(`${what} is ${found.state}`);
    said = found.state;
    if (signal.aborted || clock.now() >= deadline) {
      throw new UserError({
        code: signal.aborted ? 'INTERRUPTED' : 'RESTORE_FAILED',
        message: `${what} is ${found.state}${signal.aborted ? '; the command was interrupted' : ` after ${Math.round(timeoutMs / 60_000)} minutes`}.`,
        rule: 'RDS continues without this command, and what it makes is billed.',
        remedy: `\`aws rds describe-db-instances --db-instance-identifier ${what}\` shows it; \`stack backups\` lists and removes it.`,
      });
    }
    await clock.sleep(pollMs);
  }
}

/** States from which an instance does not get available by itself. */
const failedStates = /^(failed|restore-error|incompatible-.*|storage-full|inaccessible-encryption-credentials.*)$/;

async function untilAvailable(waiting: Waiting, id: string): Promise<DBInstance> {
  return until(waiting, id, async () => {
    const found = await describe(waiting.rds, id);
    const { DBInstanceStatus: state = 'not there yet' } = found ?? {};
    if (failedStates.test(state)) {
      throw new UserError({
        code: 'RESTORE_FAILED',
        message: `RDS says that ${id} is ${state}.`,
        rule: 'The database that serves was not touched.',
        remedy: `\`aws rds describe-events --source-identifier ${id} --source-type db-instance\` says why.`,
      });
    }
    return found !== undefined && state === 'available' ? { done: found } : { state };
  });
}

async function untilSnapshot(waiting: Waiting, id: string): Promise<DBSnapshot> {
  return until(waiting, id, async () => {
    const found: DBSnapshot[] = [];
    await talkToAws(async () => {
      const pages = paginateDescribeDBSnapshots({ client: waiting.rds }, { DBSnapshotIdentifier: id });
      for await (const { DBSnapshots = [] } of pages) found.push(...DBSnapshots);
    });
    const [snapshot] = found;
    return snapshot?.Status === 'available' ? { done: snapshot } : { state: snapshot?.Status ?? 'not there yet' };
  });
}

/** Resolves once RDS knows the instance by its new name alone. */
async function rename(waiting: Waiting, from: string, to: string): Promise<void> {
  await talkToAws(() =>
    waiting.rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: from, NewDBInstanceIdentifier: to, ApplyImmediately: true }),
    ),
  );
  await untilAvailable(waiting, to);
  await until(waiting, from, async () =>
    (await describe(waiting.rds, from)) === undefined ? { done: undefined } : { state: 'still known by this name' },
  );
}

/** With a last snapshot: what served once is never deleted for good by one command. */
async function removeInstance(rds: Rds, id: string): Promise<void> {
  await talkToAws(async () => {
    await rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, DeletionProtection: false, ApplyImmediately: true }),
    );
    const isCopy = /-copy-\d{8}t\d{6}z$/.test(id);
    await rds.send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: id,
        DeleteAutomatedBackups: isCopy,
        ...(isCopy ? { SkipFinalSnapshot: true } : { FinalDBSnapshotIdentifier: `${id}-final` }),
      }),
    );
  });
}

function gone(id: string): UserError {
  return new UserError({ code: 'DATABASE_UNKNOWN', message: `RDS has no instance ${id}.` });
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function iso(moment: Date | undefined): string | undefined {
  return moment?.toISOString().replace('.000Z', 'Z');
}

/** `20261224t120000z`, as names of instances have no capital letters. */
function stamp(moment: number): string {
  return new Date(moment).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase().concat('z');
}
