import {
  CreateDBSnapshotCommand,
  type DBInstance,
  DBInstanceNotFoundFault,
  type DBSnapshot,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { MemoryClock } from '../release/testing/memory-flow.ts';
import { rejection } from '../release/testing/rejection.ts';
import { createAwsBackups } from './backups.ts';
import { createClients } from './clients.ts';
import { namesOf } from './names.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const tags = [
  { Key: 'Project', Value: 'nest-fargate' },
  { Key: 'Environment', Value: 'prod' },
];
const database = namesOf('prod').database;

function instance(id: string, resourceId: string, facts: Partial<DBInstance> = {}): DBInstance {
  return {
    DBInstanceIdentifier: id,
    DbiResourceId: resourceId,
    DBInstanceArn: `arn:aws:rds:eu-central-1:123456789012:db:${id}`,
    DBInstanceStatus: 'available',
    DBName: 'app',
    MasterUsername: 'postgres',
    EngineVersion: '17.4',
    KmsKeyId: 'key',
    DBInstanceClass: 'db.t4g.medium',
    MultiAZ: true,
    DeletionProtection: true,
    DBSubnetGroup: { DBSubnetGroupName: 'isolated' },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
    DBParameterGroups: [{ DBParameterGroupName: 'parameters' }],
    AllocatedStorage: 20,
    TagList: tags,
    ...facts,
  };
}

/** RDS with its slow answers: what is made or renamed is seen under its new name only after some calls. */
function rds(instances: DBInstance[], snapshots: DBSnapshot[] = [], restored = 'available', unread?: string) {
  const sent: object[] = [];
  const clock = new MemoryClock();
  const windows = new Map([
    ['db-old', { EarliestTime: new Date('2026-11-10T00:00:00Z'), LatestTime: new Date('2026-11-21T08:55:00Z') }],
  ]);
  const pending: { calls: number; run: () => void }[] = [];
  vi.spyOn(RDSClient.prototype, 'send').mockImplementation(async (command: object) => {
    sent.push(command);
    for (const later of pending) later.calls -= 1;
    for (const later of pending.filter(({ calls }) => calls === 0)) later.run();
    if (command instanceof DescribeDBInstancesCommand) {
      const id = command.input.DBInstanceIdentifier;
      const found = instances.filter(({ DBInstanceIdentifier }) => id === undefined || DBInstanceIdentifier === id);
      if (id !== undefined && found.length === 0) throw new DBInstanceNotFoundFault({ message: 'none', $metadata: {} });
      return { DBInstances: found };
    }
    if (command instanceof DescribeDBInstanceAutomatedBackupsCommand) {
      const window = windows.get(command.input.DbiResourceId ?? '');
      return { DBInstanceAutomatedBackups: window === undefined ? [] : [{ RestoreWindow: window }] };
    }
    if (command instanceof DescribeDBSnapshotsCommand) return { DBSnapshots: snapshots };
    if (
      command instanceof RestoreDBInstanceToPointInTimeCommand ||
      command instanceof RestoreDBInstanceFromDBSnapshotCommand
    ) {
      const { input } = command;
      const id = 'TargetDBInstanceIdentifier' in input ? input.TargetDBInstanceIdentifier : input.DBInstanceIdentifier;
      const made = instance(id ?? '', 'db-new', { DBInstanceStatus: 'creating' });
      instances.push(made);
      pending.push({ calls: 3, run: () => Object.assign(made, { DBInstanceStatus: restored }) });
      return {};
    }
    if (command instanceof ModifyDBInstanceCommand) {
      const { DBInstanceIdentifier, NewDBInstanceIdentifier } = command.input;
      const found = instances.find((one) => one.DBInstanceIdentifier === DBInstanceIdentifier);
      expect(instances.some((one) => one.DBInstanceIdentifier === NewDBInstanceIdentifier)).toBe(false);
      if (NewDBInstanceIdentifier !== undefined) {
        Object.assign(found ?? {}, { DBInstanceStatus: 'renaming' });
        pending.push({
          calls: 4,
          run: () =>
            Object.assign(found ?? {}, {
              DBInstanceIdentifier: NewDBInstanceIdentifier,
              DBInstanceStatus: 'available',
            }),
        });
      }
      return {};
    }
    if (command instanceof CreateDBSnapshotCommand || command instanceof DeleteDBInstanceCommand) return {};
    if (command instanceof DeleteDBSnapshotCommand) return {};
    throw new Error(`not expected: ${command.constructor.name}`);
  });
  const pointed: string[] = [];
  const backups = createAwsBackups({
    clients: () => createClients({ region: 'eu-central-1' }),
    names: (environment) => namesOf(environment),
    clock,
    hasProxy: (environment) => environment === 'proxied',
    guarded: (_environment, _access, run) => run(),
    pointTo: async (_environment, resourceId) => void pointed.push(resourceId),
    reading: {
      assertPossible: async () => {
        if (unread !== undefined) throw new UserError({ code: 'PSQL_MISSING', message: unread });
      },
      tables: async (_environment, id) => {
        expect(instances.find((one) => one.DBInstanceIdentifier === id)?.DBInstanceStatus).toBe('available');
        if (unread !== undefined) throw new UserError({ code: 'READ_BACK_FAILED', message: unread });
        return [{ name: 'public.todos', rows: 3 }];
      },
    },
  });
  const of = <T extends object>(kind: new (...args: never[]) => T): T[] =>
    sent.filter((one): one is T => one instanceof kind);
  return { backups, instances, pointed, of };
}

const progress = { step: () => undefined, detail: () => undefined };
const signal = new AbortController().signal;
const request = { from: 'prod', into: 'prod', at: '2026-11-20T12:00:00Z' };

describe('backups on RDS', () => {
  test('are reported with the window of RDS, and with what restores have left', async () => {
    const kept = instance(`${database}-before-20261101t120000z`, 'db-older');
    const other = instance(`${database}-before-20261101t120001z`, 'db-other', { TagList: [] });
    const report = await rds([instance(database, 'db-old'), kept, other]).backups.report('prod');
    expect(report).toMatchObject({
      times: [{ from: '2026-11-10T00:00:00Z', to: '2026-11-21T08:55:00Z' }],
      kept: [{ id: kept.DBInstanceIdentifier, what: 'replaced' }],
      atMostLost: { seconds: 300 },
    });
    expect(report?.kept).toHaveLength(1);
  });

  test('restore to a new instance like the one that serves, and wait until it is there', async () => {
    const { backups, of, instances } = rds([instance(database, 'db-old')]);
    const restored = await backups.restore(request, progress, signal);
    expect(of(RestoreDBInstanceToPointInTimeCommand)[0]?.input).toMatchObject({
      SourceDbiResourceId: 'db-old',
      TargetDBInstanceIdentifier: `${database}-copy-20261121t090000z`,
      RestoreTime: new Date(request.at),
      DBSubnetGroupName: 'isolated',
      VpcSecurityGroupIds: ['sg-1'],
      DBParameterGroupName: 'parameters',
      MultiAZ: true,
      PubliclyAccessible: false,
      DeletionProtection: true,
      ManageMasterUserPassword: true,
      Tags: expect.arrayContaining(tags),
    });
    expect(restored).toEqual({
      id: `${database}-copy-20261121t090000z`,
      tables: [{ name: 'public.todos', rows: 3 }],
    });
    expect(instances.map(({ DBInstanceStatus }) => DBInstanceStatus)).toEqual(['available', 'available']);
    expect(of(ModifyDBInstanceCommand)).toEqual([]);
  });

  test('say why they could not be read back, before and afterwards', async () => {
    const { backups } = rds([instance(database, 'db-old')], [], 'available', 'psql is not on the PATH.');
    expect(await backups.unreadable('prod')).toBe('psql is not on the PATH.');
    expect(await backups.restore(request, progress, signal)).toMatchObject({ notRead: 'psql is not on the PATH.' });
    expect(await rds([]).backups.unreadable('prod')).toBeUndefined();
  });

  test('restore a snapshot where one is named', async () => {
    const { backups, of } = rds([instance(database, 'db-old')]);
    await backups.restore({ ...request, snapshot: 'rds:nightly' }, progress, signal);
    expect(of(RestoreDBInstanceFromDBSnapshotCommand)[0]?.input).toMatchObject({ DBSnapshotIdentifier: 'rds:nightly' });
  });

  test('switch by names, so that the endpoint stays, and tell the state which instance it has now', async () => {
    const copy = `${database}-copy-20261121t080000z`;
    const { backups, instances, pointed } = rds([instance(database, 'db-old'), instance(copy, 'db-new')]);
    const kept = await backups.switchTo('prod', copy, progress, signal);
    expect(kept).toBe(`${database}-before-20261121t090000z`);
    expect(instances.map(({ DBInstanceIdentifier, DbiResourceId }) => [DBInstanceIdentifier, DbiResourceId])).toEqual([
      [kept, 'db-old'],
      [database, 'db-new'],
    ]);
    expect(pointed).toEqual(['db-new']);
  });

  test('give the name back when the restored instance cannot take it', async () => {
    const copy = `${database}-copy-20261121t080000z`;
    const { backups, instances, pointed } = rds([instance(database, 'db-old'), instance(copy, 'db-new')]);
    const send = vi.mocked(RDSClient.prototype.send);
    const answer = send.getMockImplementation();
    send.mockImplementation(async (command: object, ...rest: unknown[]) => {
      if (command instanceof ModifyDBInstanceCommand && command.input.DBInstanceIdentifier === copy) {
        throw Object.assign(new Error('no'), { name: 'InvalidDBInstanceStateFault', $metadata: {}, $fault: 'client' });
      }
      return Reflect.apply(answer ?? (() => undefined), undefined, [command, ...rest]);
    });
    await expect(backups.switchTo('prod', copy, progress, signal)).rejects.toThrow();
    expect(instances.find(({ DbiResourceId }) => DbiResourceId === 'db-old')?.DBInstanceIdentifier).toBe(database);
    expect(pointed).toEqual([]);
  });

  test('refuse what the next update would replace, a shared server, and RDS Proxy', async () => {
    const { backups } = rds([
      instance(database, 'db-old'),
      instance(namesOf('staging').database, 'db-staging', { KmsKeyId: 'another', EngineVersion: '16.9' }),
      instance(namesOf('proxied').database, 'db-proxied'),
    ]);
    const unlike = await rejection(backups.restore({ ...request, into: 'staging' }, progress, signal));
    expect(unlike.code).toBe('RESTORE_INCOMPATIBLE');
    expect(unlike.message).toMatch(/KMS key key, not another; major version 17, not 16/);
    expect((await rejection(backups.restore({ ...request, into: 'proxied' }, progress, signal))).code).toBe(
      'RESTORE_BEHIND_PROXY',
    );
  });

  test('stop waiting for an instance that failed', async () => {
    const { backups } = rds([instance(database, 'db-old')], [], 'incompatible-network');
    const error = await rejection(backups.restore(request, progress, signal));
    expect(error).toMatchObject({ code: 'RESTORE_FAILED', message: expect.stringContaining('incompatible-network') });
  });

  test('remove what was replaced with a last snapshot, and never what serves or what RDS made', async () => {
    const kept = `${database}-before-20261101t120000z`;
    const { backups, of } = rds(
      [instance(database, 'db-old'), instance(kept, 'db-older')],
      [
        { DBSnapshotIdentifier: 'rds:nightly', SnapshotType: 'automated', Status: 'available' },
        { DBSnapshotIdentifier: 'mine', SnapshotType: 'manual', Status: 'available' },
      ],
    );
    expect(await backups.remove('prod', kept)).toBe(true);
    expect(of(DeleteDBInstanceCommand).map(({ input }) => input)).toEqual([
      { DBInstanceIdentifier: kept, DeleteAutomatedBackups: false, FinalDBSnapshotIdentifier: `${kept}-final` },
    ]);
    expect(await backups.remove('prod', database)).toBe(false);
    expect(await backups.remove('prod', 'rds:nightly')).toBe(false);
    expect(await backups.remove('prod', 'mine')).toBe(true);
    expect(of(DeleteDBSnapshotCommand).map(({ input }) => input.DBSnapshotIdentifier)).toEqual(['mine']);
  });
});
