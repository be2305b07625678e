import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Invocation, RunRequest } from '../../release/operations.ts';
import type { Target } from '../../release/target.ts';
import { createSandbox, recordProgress, type Sandbox } from '../testing/sandbox.ts';

const require = createRequire(import.meta.url);

/**
 * The Postgres image that is built from packages has no psql. Where this machine has none either: a client that takes what psql
 * takes from its environment, and one statement.
 */
async function providePsql(): Promise<void> {
  const { exitCode } = await execa('psql', ['--version'], { reject: false });
  if (exitCode === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'psql-'));
  const script = `
    const { Client } = require(${JSON.stringify(require.resolve('pg'))});
    if (process.argv[2] === '--version') process.exit();
    const client = new Client({ ssl: { rejectUnauthorized: false } });
    client.connect()
      .then(() => client.query({ text: process.argv.at(-1), rowMode: 'array' }))
      .then(({ rows }) => console.log(rows.map((row) => row.join('|')).join('\\n')), (error) => {
        console.error(error.message);
        process.exitCode = 1;
      })
      .finally(() => client.end());`;
  writeFileSync(join(folder, 'psql.cjs'), script);
  writeFileSync(join(folder, 'psql'), `#!/bin/sh\nexec ${process.execPath} ${folder}/psql.cjs "$@"\n`);
  chmodSync(join(folder, 'psql'), 0o755);
  process.env['PATH'] = `${folder}:${process.env['PATH']}`;
}

/** The tests share one environment, which most of them leave as it was. */
describe('a running environment', () => {
  let sandbox: Sandbox;
  let target: Target;
  const never = new AbortController().signal;

  beforeAll(async () => {
    await providePsql();
    sandbox = createSandbox(`t${process.pid}-operate`);
    sandbox.configure({ valkey: 'off', worker: 'off' });
    sandbox.release('first');
    target = sandbox.createTarget();
    await target.apply(await target.plan('staging'), recordProgress(), never);
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  const start = ({ executable, args, variables }: Invocation) =>
    execa(executable, args, { reject: false, env: variables, stdin: 'ignore' });

  async function run(program: readonly string[], request: Partial<RunRequest> = {}, signal = never) {
    const lines: string[] = [];
    const end = await target.operations.run('staging', { program, ...request }, (line) => lines.push(line), signal);
    return { ...end, lines };
  }

  describe('exec', () => {
    it('runs a program in a task, with its variables and limits, and ends with its exit code', async () => {
      const program = ['sh', '-c', 'echo "$DATABASE_HOST $(id -u)"; touch /app/x 2>/dev/null || exit 7'];
      const invocation = await target.operations.exec('staging', { program, interactive: false });

      const { exitCode, stdout } = await start(invocation);

      expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: 'database 10001' });
      expect(invocation.reportsExitCode).toBe(true);
    });

    it('refuses a process that does not run', async () => {
      const request = { process: 'cron', program: ['sh'], interactive: false };
      await expect(target.operations.exec('staging', request)).rejects.toMatchObject({ code: 'PROCESS_UNKNOWN' });
    });

    it('refuses where nothing runs', async () => {
      const request = { program: ['sh'], interactive: false };
      await expect(target.operations.exec('prod', request)).rejects.toMatchObject({ code: 'NOTHING_RUNS' });
    });
  });

  describe('run', () => {
    it('runs in a container of its own, as the process does, and gives its lines and exit code', async () => {
      const script = 'echo "$DATABASE_HOST $(id -u) ${#DATABASE_PASSWORD}"; touch /app/x || exit 9';
      const { exitCode, lines, task } = await run(['sh', '-c', script]);

      expect(exitCode).toBe(9);
      expect(lines[0]).toMatch(/^database 10001 [1-9]\d$/);
      expect(lines[1]).toMatch(/Read-only file system/);
      const { stdout } = await execa('docker', ['ps', '--all', '--quiet', '--filter', `name=${task}`]);
      expect(stdout).toBe('');
    });

    it('does not count as a task of the process', async () => {
      const running = run(['sleep', '3']);
      const observed = await target.observe('staging');
      expect(observed?.services[0]?.tasks).toHaveLength(2);
      await running;
    });

    it('stops its task when it is interrupted', async () => {
      const interruption = new AbortController();
      const running = run(['sh', '-c', 'echo started; exec sleep 600'], {}, interruption.signal).catch(
        (error: unknown) => error,
      );
      await expect
        .poll(async () => (await execa('docker', ['ps', '--filter', `name=${sandbox.instance}-staging-run`])).stdout, {
          timeout: 30_000,
        })
        .toContain('-run-');
      interruption.abort();
      expect(await running).toMatchObject({ code: 'INTERRUPTED' });
    });
  });

  describe('connect', () => {
    const query = async (sql: string, write = false) => {
      const args = ['--tuples-only', '--no-align', '-c', sql];
      const { invocation, close } = await target.operations.connect('staging', { write, args, interactive: false });
      const { exitCode, stdout, stderr } = await start(invocation);
      await close();
      return { exitCode, stdout, stderr };
    };

    it('reads the database, and changes nothing', async () => {
      expect(await query('select 1 + 1')).toMatchObject({ exitCode: 0, stdout: '2' });
      expect(await query('create table x (y int)')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('read-only transaction'),
      });
    });

    it('changes data when it may', async () => {
      expect(await query('create table x (y int)', true)).toMatchObject({ exitCode: 0 });
      expect(await query('drop table x', true)).toMatchObject({ exitCode: 0 });
    });
  });

  it('forward lets a port lead to one of a task, until it is closed', async () => {
    const tunnel = await target.operations.forward('staging', { port: 3000, localPort: 0 });
    const url = `http://127.0.0.1:${tunnel.localPort}/version`;

    expect(await (await fetch(url)).json()).toEqual({ version: '1.0.0-first0000000' });
    await tunnel.close();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('has contents, which a dry run of down lists', async () => {
    const stack = `${sandbox.instance}-staging`;
    expect(await target.operations.contents('staging')).toEqual([
      `service ${stack}-data_database, 1 task`,
      `service ${stack}_api, 2 tasks`,
      `load balancer ${stack}-load-balancer`,
      `volume ${stack}-database, with the data of the database`,
      `network ${stack}`,
    ]);
  });

  it('scale changes how many tasks run', async () => {
    await target.operations.scale('staging', 'api', 3);
    await expect
      .poll(async () => (await target.observe('staging'))?.services[0]?.tasks.filter(({ healthy }) => healthy).length, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(3);
  });
});
