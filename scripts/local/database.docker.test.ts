import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Target } from '../release/target.ts';
import type { Engine } from './engine/engine.ts';
import { readSecrets } from './state/secrets.ts';
import { containersOf, testEngine } from './testing/engine.ts';
import { createSandbox, recordProgress, type Sandbox } from './testing/sandbox.ts';

const own = `t${process.pid}-data`;

describe('the database of an environment', () => {
  let sandbox: Sandbox;
  let target: Target;
  let engine: Engine;

  beforeAll(async () => {
    engine = await testEngine();
    sandbox = createSandbox(own);
    sandbox.configure({ worker: 'off', valkey: 'off' });
    sandbox.release('only');
    target = sandbox.createTarget();
    await target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  /** Runs SQL as a migration would: on the environment's network, with the variables of a task and the owner's login. */
  async function query(sql: string, tls = '{ ca: env.DATABASE_CA }', host = 'database') {
    const [task = ''] = await containersOf(engine, own, 'api');
    const [{ Config }] = JSON.parse(await engine.docker.run(['container', 'inspect', task]));
    const variables: string[] = Config.Env.filter((pair: string) => pair.startsWith('DATABASE_'));
    // Errors are answers, too.
    const script = `
      const { env } = process;
      const { Client } = require('/node_modules/pg');
      const client = new Client({ host: '${host}', port: Number(env.DATABASE_PORT), database: env.DATABASE_NAME,
        user: env.DATABASE_USER, password: env.DATABASE_PASSWORD, ssl: ${tls} });
      client.connect().then(() => client.query(env.SQL)).then(({ rows }) => console.log(JSON.stringify(rows)))
        .catch((error) => { console.log(error.message); process.exitCode = 1; }).finally(() => client.end());`;
    const modules = join(import.meta.dirname, '../../node_modules');
    const secrets = await readSecrets(join(sandbox.directory, '.stack', own, 'staging', 'secrets.json'));
    const owner = ['DATABASE_USER=postgres', `DATABASE_PASSWORD=${secrets['database-password']}`];
    const environment = [...variables, ...owner, `SQL=${sql}`].flatMap((pair) => ['--env', pair]);
    const base =
      (await engine.docker.run(['image', 'ls', '--quiet', '--filter', `reference=${own}/*`])).split('\n')[0] ?? '';
    const run = [
      'run',
      '--rm',
      '--network',
      `${own}-staging`,
      '--volume',
      `${modules}:/node_modules:ro`,
      '--no-healthcheck',
    ];
    return engine.docker.attempt([...run, ...environment, base, 'node', '--eval', script]);
  }

  it('is the major version of RDS, with the settings of the parameter group', async () => {
    const { stdout } = await query(
      "SELECT current_setting('server_version') AS version, current_setting('max_connections') AS connections",
    );
    expect(JSON.parse(stdout)).toEqual([{ version: expect.stringMatching(/^17\./), connections: '80' }]);
  });

  it('proves by TLS that it is the one', async () => {
    const secured = await query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    expect(JSON.parse(secured.stdout)).toEqual([{ ssl: true }]);
    const untrusted = await query('SELECT 1', '{}');
    expect(untrusted).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/certificate/) });
    const otherName = await query('SELECT 1', undefined, 'tasks.database');
    expect(otherName).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/altnames/) });
  });

  it('refuses who speaks no TLS', async () => {
    expect(await query('SELECT 1', 'false')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/no encryption/),
    });
  });

  it('has one server on its data when its container is restarted by hand', async () => {
    const [before = ''] = await containersOf(engine, own, 'database');
    await engine.docker.run(['restart', before]);
    await expect
      .poll(async () => (await query('SELECT 1 AS n')).stdout, { timeout: 120_000, interval: 1_000 })
      .toBe('[{"n":1}]');
    const after = await containersOf(engine, own, 'database');
    expect({ count: after.length, same: after.includes(before) }).toEqual({ count: 1, same: false });
  });

  it('keeps its data when its container is killed, and when the generated files are lost', async () => {
    await query('CREATE TABLE kept (n integer); INSERT INTO kept VALUES (42)');
    const [container = ''] = await containersOf(engine, own, 'database');
    await engine.docker.run(['kill', '--signal', 'KILL', container]);
    await expect.poll(async () => (await query('SELECT n FROM kept')).stdout, { timeout: 60_000 }).toBe('[{"n":42}]');

    await rm(join(sandbox.directory, '.stack', own), { recursive: true });
    const plan = await target.plan('staging');
    expect(plan.changes.join()).toMatch(/restart Postgres 17/);
    await target.apply(plan, recordProgress(), new AbortController().signal);
    expect((await query('SELECT n FROM kept')).stdout).toBe('[{"n":42}]');
  });
});
