import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../release/target.ts';
import type { Engine } from '../engine/engine.ts';
import { readSecrets } from '../state/secrets.ts';
import { containersOf, testEngine } from '../testing/engine.ts';
import { createSandbox, recordProgress, type Sandbox } from '../testing/sandbox.ts';

const own = `t${process.pid}-restore`;
const signal = new AbortController().signal;

describe('backups of the database of an environment', { retry: 0 }, () => {
  let sandbox: Sandbox;
  let target: Target;
  let engine: Engine;

  beforeAll(async () => {
    engine = await testEngine();
    sandbox = createSandbox(own);
    sandbox.configure({ worker: 'off', valkey: 'off' });
    sandbox.release('only');
    target = sandbox.createTarget();
    await up();
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  const up = async () => target.apply(await target.plan('staging'), recordProgress(), signal);

  /** Runs SQL as a migration would, with the owner's login. @returns its rows, or why it failed */
  async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const [task = ''] = await containersOf(engine, own, 'api');
    const [{ Config }] = JSON.parse(await engine.docker.run(['container', 'inspect', task]));
    const variables: string[] = Config.Env.filter((pair: string) => pair.startsWith('DATABASE_'));
    const script = `
      const { env } = process;
      const { Client } = require('/node_modules/pg');
      const client = new Client({ host: 'database', port: Number(env.DATABASE_PORT), database: env.DATABASE_NAME,
        user: env.DATABASE_USER, password: env.DATABASE_PASSWORD, ssl: { ca: env.DATABASE_CA } });
      client.connect().then(() => client.query(env.SQL)).then((done) => console.log(JSON.stringify([done].flat().at(-1).rows)))
        .catch((error) => { console.log(JSON.stringify(error.message)); }).finally(() => client.end());`;
    const secrets = await readSecrets(join(sandbox.directory, '.stack', own, 'staging', 'secrets.json'));
    const owner = ['DATABASE_USER=postgres', `DATABASE_PASSWORD=${secrets['database-password']}`];
    const environment = [...variables, ...owner, `SQL=${sql}`].flatMap((pair) => ['--env', pair]);
    const app = (await engine.docker.run(['image', 'ls', '--quiet', '--filter', `reference=${own}/*`])).split('\n')[0];
    const modules = join(import.meta.dirname, '../../../node_modules');
    const flags = [
      '--rm',
      '--network',
      `${own}-staging`,
      '--volume',
      `${modules}:/node_modules:ro`,
      '--no-healthcheck',
    ];
    const args = ['run', ...flags, ...environment, app ?? '', 'node', '--eval', script];
    return JSON.parse(await engine.docker.run(args));
  }
  const count = async () => (await query('SELECT count(*)::int AS n FROM notes'))[0]?.['n'];
  /** Between two moments that the database tells apart. */
  async function now(): Promise<string> {
    await pause(1100);
    const [row] = await query('SELECT clock_timestamp() AS at');
    await pause(1100);
    return String(row?.['at']);
  }
  const restore = (at: string) =>
    target.backups.restore({ from: 'staging', into: 'staging', at }, recordProgress(), signal);
  const times: Record<string, string> = {};
  const folder = '/var/lib/postgresql/data';
  async function inVolume(script: string): Promise<string> {
    const [server = ''] = await containersOf(engine, own, 'database');
    image ??= await engine.docker.run(['container', 'inspect', '--format', '{{.Image}}', server]);
    return engine.docker.run([
      ...['run', '--rm', '--network', 'none', '--volume', `${own}-staging-database:${folder}`],
      ...['--entrypoint', '/bin/sh', image, '-c', script],
    ]);
  }
  let image: string | undefined;

  it('restore to any time since the first start, beside the database that serves', async () => {
    await query('CREATE TABLE notes (id integer); INSERT INTO notes SELECT generate_series(1, 5)');
    times['five'] = await now();
    await query('INSERT INTO notes SELECT generate_series(6, 10)');
    times['ten'] = await now();

    const copy = await restore(times['five']);
    expect(copy.tables).toEqual([{ name: 'public.notes', rows: 5 }]);
    expect(Date.parse(copy.lastTransaction ?? '')).toBeLessThanOrEqual(Date.parse(times['five']));
    expect(await count()).toBe(10);
    // Nothing was written after that moment: Postgres finds no transaction at which to stop.
    expect((await restore(times['ten'])).tables).toEqual([{ name: 'public.notes', rows: 10 }]);
    const report = await target.backups.report('staging');
    expect(report?.kept.map(({ what }) => what)).toEqual(['copy', 'copy']);
    expect(report?.times).toHaveLength(1);
    await Promise.all((report?.kept ?? []).map(({ id }) => target.backups.remove('staging', id)));
    expect((await target.backups.report('staging'))?.kept).toEqual([]);
  });

  it('put the restored one in its place, keep the former one, and reach what only that one has', async () => {
    const { id } = await restore(times['five'] ?? '');
    const kept = await target.backups.switchTo('staging', id, recordProgress(), signal);
    const plan = await target.plan('staging');
    expect(plan.changes.join()).toMatch(/migrations/);
    await target.apply(plan, recordProgress(), signal);
    expect(await count()).toBe(5);
    await query('INSERT INTO notes VALUES (100)');

    const report = await target.backups.report('staging');
    expect(report?.kept.map((one) => one.id)).toEqual([kept]);
    expect(report?.times).toHaveLength(2);
    expect((await restore(times['ten'] ?? '')).tables).toEqual([{ name: 'public.notes', rows: 10 }]);
    times['six'] = await now();
    expect((await restore(times['six'])).tables).toEqual([{ name: 'public.notes', rows: 6 }]);
  });

  it('make a new base from the last one, without the server, and restore from it', async () => {
    const before = await target.backups.report('staging');
    const made = await target.backups.create('staging', recordProgress(), signal);
    const report = await target.backups.report('staging');
    expect(report?.snapshots.length).toBe((before?.snapshots.length ?? 0) + 1);
    await query('INSERT INTO notes VALUES (101)');
    const at = await now();
    expect(Date.parse(at)).toBeGreaterThan(Date.parse(made.at));
    expect((await restore(at)).tables).toEqual([{ name: 'public.notes', rows: 7 }]);
  });

  it('lose with the data folder what was not archived yet, and nothing else', async () => {
    await query('CREATE TABLE kept AS SELECT 1 AS n');
    const [{ segment } = {}] = await query('SELECT pg_walfile_name(pg_switch_wal()) AS segment');
    await query('CREATE TABLE lost AS SELECT 1 AS n');
    const archive = `ls ${folder}/17-backups/$(cat ${folder}/17/lineage)/wal | grep -E '^[0-9A-F]{24}$' | sort | tail -n 1`;
    await expect.poll(() => inVolume(archive), { timeout: 20_000 }).toBe(segment);
    const before = await target.backups.report('staging');
    await inVolume(`mv ${folder}/17 ${folder}/gone`);
    const [container = ''] = await containersOf(engine, own, 'database');
    await engine.docker.run(['kill', '--signal', 'KILL', container]);
    await expect
      .poll(async () => (await target.backups.report('staging'))?.times.length, { timeout: 60_000 })
      .toBe((before?.times.length ?? 0) + 1);
    const until = (await target.backups.report('staging'))?.times.at(-2)?.to ?? '';
    const { tables = [] } = await restore(until);
    expect(tables.map(({ name }) => name)).toContain('public.kept');
    expect(tables.map(({ name }) => name)).not.toContain('public.lost');
  });

  it('refuse WAL with a gap instead of restoring an earlier state', async () => {
    await query('CREATE TABLE notes AS SELECT 102 AS id; SELECT pg_switch_wal()');
    await query('INSERT INTO notes VALUES (103); SELECT pg_switch_wal()');
    await query('INSERT INTO notes VALUES (104); SELECT pg_switch_wal()');
    const at = await now();
    await expect
      .poll(
        async () =>
          Number(await inVolume(`ls ${folder}/17-backups/$(cat ${folder}/17/lineage)/wal | grep -cE '^[0-9A-F]{24}$'`)),
        { timeout: 20_000 },
      )
      .toBeGreaterThanOrEqual(3);
    // The last segment but one is lost, in the archive and where it was written.
    await inVolume(
      `cd ${folder}; wal=17-backups/$(cat 17/lineage)/wal; gone=$(ls $wal | grep -E '^[0-9A-F]{24}$' | sort | tail -n 2 | head -n 1); rm -f $wal/$gone 17/pg_wal/$gone`,
    );
    await expect(restore(at)).rejects.toMatchObject({ code: 'RESTORE_FAILED', message: /is missing/ });
    expect(await count()).toBe(3);
  });
});
