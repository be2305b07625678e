import { describe, expect, it } from 'vitest';
import type { Migration } from '../../infra/release/release.ts';
import { freeze } from './freeze.ts';
import { history } from './history.ts';
import { createBackup, removeBackup } from './remove-backup.ts';
import { compareSchema, type RestoreOptions, restoreDatabase } from './restore-database.ts';
import { entry } from './testing/ledger-entry.ts';
import { contract, expand, memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

const at = '2026-11-21T08:30:00Z';
const options: RestoreOptions = {
  ...{ from: 'staging', into: 'staging', at, copy: false, dryRun: false, yes: true },
  ...{ acceptUnknownMigrations: false, present: async () => undefined },
};
const created = expand('create-todos');
const added = expand('add-column');

/** An environment whose database has two migrations, of which the one that can be restored has the first. */
async function running(...migrations: readonly Migration[]) {
  const flow = memoryFlow();
  flow.platform.source = release('1.0.0', ...(migrations.length === 0 ? [created, added] : migrations));
  await up(flow, 'staging');
  const environment = flow.platform.environment('staging');
  environment.restorable.push({ from: '2026-11-21T08:00:00Z', to: '2026-11-21T09:00:00Z' });
  environment.restoredSchema = [created];
  environment.entries.unshift(entry('0.9.0', { release: release('0.9.0', created), at: '2026-11-21T08:10:00.000Z' }));
  return { flow, environment };
}

describe('restoring a database', () => {
  it('switches to it, runs the migrations that it lacks, verifies the release, and keeps the former one', async () => {
    const { flow, environment } = await running();
    const result = await restoreDatabase(flow, options);

    expect(result).toMatchObject({ switched: true, kept: `before-copy-${at}`, release: { version: '1.0.0' } });
    expect(result.schema.toRun).toEqual([added]);
    expect(environment.schema).toEqual([created, added]);
    const lines = flow.progress.lines.join('\n');
    expect(lines).toContain('read back: 1 tables with 3 rows');
    expect(lines).toContain('Verify 1.0.0');
    expect((await history(flow.target, 'staging')).operations?.[0]).toMatchObject({
      ...{ action: 'restore', what: `staging as of ${at}`, version: '1.0.0', outcome: 'done', by: 'ada@desk' },
    });
  });

  it('needs an approval, which says what becomes of later writes', async () => {
    const { flow, environment } = await running();
    flow.prompt.approves = false;
    expect((await rejection(restoreDatabase(flow, { ...options, yes: false }))).code).toBe('DECLINED');
    expect(flow.prompt.asked).toEqual([expect.stringContaining(`after ${at} stays only in the one that is kept`)]);
    expect(environment.keptDatabases).toEqual([]);
  });

  it('changes nothing with --dry-run, with a copy, and while frozen', async () => {
    const { flow, environment } = await running();
    expect(await restoreDatabase(flow, { ...options, dryRun: true })).toMatchObject({ switched: false, dryRun: true });
    const copied = await restoreDatabase(flow, { ...options, copy: true });
    expect(copied).toMatchObject({ switched: false, restored: { id: `copy-${at}` } });
    expect(flow.prompt.asked).toEqual([]);
    await freeze(flow, 'staging', 'holidays');
    expect((await rejection(restoreDatabase(flow, options))).code).toBe('ENVIRONMENT_FROZEN');
    expect(environment.schema).toEqual([created, added]);
    expect(environment.keptDatabases).toEqual([]);
  });

  it('lets nothing serve that could not be read, unless somebody says why it may', async () => {
    const { flow, environment } = await running();
    environment.unreadable = 'psql is not on the PATH.';
    const refused = await rejection(restoreDatabase(flow, options));
    expect(refused).toMatchObject({ code: 'RESTORED_NOT_READ', message: expect.stringContaining('psql is not on') });
    // Before hours are spent on it.
    expect(flow.progress.lines).not.toContain('restore');
    expect(await restoreDatabase(flow, { ...options, copy: true })).toMatchObject({ switched: false });

    await restoreDatabase(flow, { ...options, acceptUnread: 'the disk is full' });
    expect((await history(flow.target, 'staging')).operations?.at(0)?.what).toContain(
      'unread if need be: the disk is full',
    );
  });

  it('keeps what serves where reading fails only then', async () => {
    const { flow, environment } = await running();
    flow.platform.beforeStep = async (name) => {
      if (name === 'restore') environment.unreadable = 'the session ended.';
    };
    const refused = await rejection(restoreDatabase(flow, options));
    expect(refused).toMatchObject({ code: 'RESTORED_NOT_READ', message: expect.stringContaining('untouched') });
    expect(environment.keptDatabases).toEqual([]);
    expect(environment.schema).toEqual([created, added]);
  });

  it.each([
    ['a time before the first backup', { at: '2026-11-21T07:59:59Z' }, 'TIME_NOT_RESTORABLE'],
    ['a time in the future', { at: '2026-11-21T09:00:01Z' }, 'TIME_NOT_RESTORABLE'],
    ['a snapshot that is not there', { at: undefined, snapshot: 'gone' }, 'SNAPSHOT_UNKNOWN'],
  ])('refuses %s', async (_what, wish, code) => {
    const { flow } = await running();
    expect((await rejection(restoreDatabase(flow, { ...options, ...wish }))).code).toBe(code);
  });

  it('takes the time of a snapshot', async () => {
    const { flow } = await running();
    const { request } = await restoreDatabase(flow, { ...options, at: undefined, snapshot: 's0', dryRun: true });
    expect(request).toEqual({ from: 'staging', into: 'staging', at: '2026-11-21T08:00:00Z', snapshot: 's0' });
  });

  it('refuses a schema that is newer than the release by a contract or an unknown migration, and accepts an expand one', async () => {
    for (const [kind, code] of [
      ['contract', 'RESTORED_SCHEMA_NEWER'],
      ['unknown', 'RESTORED_SCHEMA_UNKNOWN'],
      ['expand', undefined],
    ] as const) {
      const { flow, environment } = await running(created);
      const newer: Migration = { name: 'later', kind };
      environment.entries.unshift(
        entry('0.9.5', { release: release('0.9.5', created, newer), at: '2026-11-21T08:20:00.000Z' }),
      );
      if (code === undefined) {
        expect((await restoreDatabase(flow, options)).schema.newer).toEqual([newer]);
        continue;
      }
      expect((await rejection(restoreDatabase(flow, options))).code).toBe(code);
      expect(environment.keptDatabases).toEqual([]);
      const accepted = restoreDatabase(flow, { ...options, acceptUnknownMigrations: true });
      if (kind === 'unknown') expect((await accepted).switched).toBe(true);
      else expect((await rejection(accepted)).code).toBe(code);
    }
  });

  it('says where both databases are when the release does not work on the restored one', async () => {
    const { flow } = await running();
    flow.platform.faults.failingWrites.push('1.0.0');
    const error = await rejection(restoreDatabase(flow, options));
    expect(error.message).toContain(`the former one is kept as before-copy-${at}`);
    expect((await history(flow.target, 'staging')).operations?.[0]).toMatchObject({
      action: 'restore',
      outcome: 'failed',
    });
  });
});

describe('what a schema had at a time', () => {
  const next = release('2.0.0', created, added);

  it('does not count what was deployed later, or never built', () => {
    const entries = [
      entry('1.0.0', { release: release('1.0.0', created), at: '2026-11-21T08:00:00.000Z' }),
      entry('1.1.0', {
        release: release('1.1.0', created, contract('drop')),
        at: '2026-11-21T08:10:00.000Z',
        built: false,
      }),
      entry('2.0.0', { release: next, at: '2026-11-21T09:00:00.000Z' }),
    ];
    expect(compareSchema(entries, at, next)).toEqual({ toRun: [added], newer: [] });
  });

  it('is not certain while a release is deployed, or before the history begins', () => {
    const release = { release: next };
    const entries = [
      entry('2.0.0', { ...release, attempt: 'a', outcome: 'started', at: '2026-11-21T08:29:00.000Z' }),
      entry('2.0.0', { ...release, attempt: 'a', at: '2026-11-21T08:31:00.000Z' }),
    ];
    expect(compareSchema(entries, at, next).unknown).toMatch(/being deployed/);
    expect(compareSchema([], at, next).unknown).toMatch(/history begins/);
  });
});

describe('what a restore has kept', () => {
  it('is removed when somebody says so, and only what is kept', async () => {
    const { flow, environment } = await running();
    await restoreDatabase(flow, options);
    expect((await rejection(removeBackup(flow, 'staging', 'production', true))).code).toBe('BACKUP_UNKNOWN');
    flow.prompt.approves = false;
    expect((await rejection(removeBackup(flow, 'staging', 'before', false))).code).toBe('DECLINED');
    await removeBackup(flow, 'staging', 'before', true);
    expect(environment.keptDatabases).toEqual([]);
    expect(await createBackup(flow, 'staging')).toMatchObject({ made: 'manual' });
  });
});
