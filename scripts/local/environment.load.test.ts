import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Plan, Target } from '../release/target.ts';
import { startLoad } from '../testing/load.ts';
import type { Engine } from './engine/engine.ts';
import { readSecrets } from './state/secrets.ts';
import { containersOf, leftOf, testEngine } from './testing/engine.ts';
import { type Behaviour, createSandbox, recordProgress, type Sandbox } from './testing/sandbox.ts';

const instance = `t${process.pid}-local`;
const noPromise = 'the test before it did not get this far';

/** The tests build on each other in order, as releases do. */
describe('an environment on this machine', () => {
  let sandbox: Sandbox;
  let target: Target;
  let engine: Engine;
  let url = noPromise;

  beforeAll(async () => {
    engine = await testEngine();
    sandbox = createSandbox(instance);
    // So that a release which never gets ready is given up soon.
    sandbox.configure({ slowestBootSeconds: '5', toleratedOutageSeconds: '10', worker: 'off', valkey: 'off' });
    target = sandbox.createTarget();
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  const apply = (plan: Plan, signal = new AbortController().signal) => target.apply(plan, recordProgress(), signal);

  async function up(version: string, behaviour: Behaviour = {}) {
    sandbox.release(version, behaviour);
    const plan = await target.plan('staging');
    return await apply(plan);
  }

  async function answer(path: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${url}${path}`)).json()) as Record<string, unknown>;
  }

  const answeringVersion = async () => (await answer('/version'))['version'];
  const taskIds = async () =>
    (await target.observe('staging'))?.services.flatMap(({ tasks }) => tasks.map(({ id }) => id));

  async function inspect(service: string) {
    const [id = ''] = await containersOf(engine, instance, service);
    return JSON.parse(await engine.docker.run(['container', 'inspect', id]))[0];
  }

  it('does not exist before', async () => {
    expect(await target.observe('staging')).toBeUndefined();
    expect(await target.ledger('staging').list()).toEqual([]);
  });

  it('is brought up as planned', async () => {
    sandbox.release('first');
    const plan = await target.plan('staging');
    expect(plan).toMatchObject({ build: true, release: { version: '1.0.0-first0000000', digest: '', image: '' } });
    const applied = await apply(plan);
    url = applied.url;
    expect(await answeringVersion()).toBe('1.0.0-first0000000');
    const observed = await target.observe('staging');
    expect(observed).toMatchObject({ url, services: [{ name: 'api', desired: 2, revision: applied.revision }] });
    const running = { digest: applied.release.digest, healthy: true };
    expect(observed?.services[0]?.tasks).toMatchObject([running, running]);
    expect(await target.explain('staging')).toBe('');
  });

  it('has nothing to change then', async () => {
    expect(await target.plan('staging')).toMatchObject({ build: false, changes: [] });
    expect(await target.drift('staging')).toEqual([]);
  });

  it('imposes on a container what its task definition says', async () => {
    const { HostConfig, Config } = await inspect('api');
    expect(HostConfig).toMatchObject({
      Memory: 512 * 2 ** 20,
      NanoCpus: 250_000_000,
      ReadonlyRootfs: true,
      Init: true,
    });
    expect(Config).toMatchObject({ User: '10001:10001' });
    expect(await answer('/write')).toEqual({ code: 'EROFS' });
    expect(await answer('/environment')).toMatchObject({ DATABASE_HOST: 'database', DATABASE_TLS: 'verify-full' });
  });

  it('follows its settings', async () => {
    sandbox.configure({ apiCpuUnits: '512', apiMemoryMiB: '1024', stopTimeoutSeconds: '40' });
    const plan = await target.plan('staging');
    expect(plan.build).toBe(false);
    expect(plan.changes[0]).toMatch(
      /^update the service api: memory limit 512M → 1024M, CPU limit 0.25 → 0.5, stop timeout \d+s → 40s/,
    );
    await apply(plan);
    expect((await inspect('api')).HostConfig.Memory).toBe(1024 * 2 ** 20);
    const service = await engine.docker.run(['service', 'inspect', `${instance}-staging_api`]);
    expect(JSON.parse(service)[0].Spec.TaskTemplate.ContainerSpec.StopGracePeriod).toBe(40e9);
  });

  it('gets a release under load without one failed request, and finishes requests in flight', async () => {
    const slow = fetch(`${url}/slow/8`);
    const load = startLoad(`${url}/version`);
    await up('second');
    const { failed, requestsPerSecond } = await load.stop();
    expect({ failed, enough: requestsPerSecond >= 200 }).toEqual({ failed: 0, enough: true });
    expect(await answeringVersion()).toBe('1.0.0-second000000');
    expect((await slow).status).toBe(200);
  });

  it('replaces a task that is killed', async () => {
    const before = await containersOf(engine, instance, 'api');
    await engine.docker.run(['kill', '--signal', 'KILL', before[0] ?? '']);
    await expect
      .poll(async () => (await target.plan('staging')).changes, { timeout: 60_000, interval: 500 })
      .toEqual([]);
    const after = await containersOf(engine, instance, 'api');
    expect({ count: after.length, same: after.includes(before[0] ?? '') }).toEqual({ count: 2, same: false });
  });

  it('kills a task that wants more memory than it may have, and says so', async () => {
    await fetch(`${url}/hoard`);
    await expect
      .poll(() => target.explain('staging'), { timeout: 60_000, interval: 500 })
      .toMatch(/memory limit \(exit code 137\)/);
    await expect
      .poll(async () => (await target.plan('staging')).changes, { timeout: 60_000, interval: 500 })
      .toEqual([]);
  });

  describe.each<[string, Behaviour, string, RegExp]>([
    ['crashes', { crashes: true }, 'ROLLOUT_FAILED', /exit code 3[\s\S]*this release crashes at start/],
    [
      'never gets ready',
      { neverReady: true },
      'ROLLOUT_FAILED',
      /GET \/ready[\s\S]*last check: \/ready 503[\s\S]*serving/,
    ],
    ['has a failing migration', { migrationFails: true }, 'MIGRATION_FAILED', /exit code 4[\s\S]*relation "todos"/],
  ])('a release that %s', (name, behaviour, code, reason) => {
    it('is refused with the reason, and the previous tasks never stop serving', async () => {
      const before = await taskIds();
      const load = startLoad(`${url}/version`, { maxSeconds: 300 });
      const error = await up(`bad-${name.slice(0, 3)}`, behaviour).catch((caught: unknown) => caught);
      const { failed } = await load.stop();
      expect(error).toMatchObject({ code });
      const { message, details } = error as { message: string; details: string };
      expect(`${message}\n${details}`).toMatch(reason);
      expect(failed).toBe(0);
      expect(await taskIds()).toEqual(before);
      expect(await answeringVersion()).toBe('1.0.0-second000000');
    });
  });

  it('can be rolled back when a rollout is interrupted', async () => {
    sandbox.release('second');
    const before = (await target.plan('staging')).release;
    sandbox.release('third');
    const interruption = new AbortController();
    const progress = recordProgress();
    const plan = await target.plan('staging');
    const applied = target.apply(plan, progress, interruption.signal).catch((error: unknown) => error);
    await expect.poll(() => progress.lines.join(), { timeout: 60_000 }).toContain('Roll out');
    interruption.abort();
    expect(await applied).toBeInstanceOf(Error);
    await apply(await target.plan('staging', before));
    expect(await answeringVersion()).toBe('1.0.0-second000000');
    expect(await target.plan('staging', before)).toMatchObject({ build: false, changes: [] });
  });

  it('sees what was changed by hand, and sets it right', async () => {
    await engine.docker.run(['service', 'update', '--quiet', '--limit-memory', '600M', `${instance}-staging_api`]);
    expect(await target.drift('staging')).toEqual(['api: memory limit is 600M, not 1024M']);
    sandbox.release('second');
    await apply(await target.plan('staging'));
    expect(await target.drift('staging')).toEqual([]);
    // The previous task may still be finishing requests in flight.
    await expect.poll(async () => (await inspect('api')).HostConfig.Memory, { timeout: 60_000 }).toBe(1024 * 2 ** 20);
  });

  it('gives the log lines of its tasks', async () => {
    const texts: string[] = [];
    const query = { service: 'api', follow: false } as const;
    for await (const line of target.logs('staging', query, new AbortController().signal)) texts.push(line.text);
    expect(texts).toContain('serving 1.0.0-second000000');
  });

  it('says when an earlier image is gone', async () => {
    const { release } = await target.plan('staging');
    await target.assertRestorable('staging', release);
    const gone = { ...release, digest: `sha256:${'0'.repeat(64)}` };
    await expect(target.assertRestorable('staging', gone)).rejects.toMatchObject({ code: 'IMAGE_GONE' });
  });

  it('belongs to its checkout', async () => {
    const other = createSandbox(instance);
    other.release('second');
    try {
      await expect(other.createTarget().plan('staging')).rejects.toMatchObject({
        code: 'INSTANCE_TAKEN',
        message: expect.stringContaining(sandbox.directory),
      });
    } finally {
      other.remove();
    }
  });

  it('is changed by one command at a time', async () => {
    const lock = await target.lock('staging', 'up');
    await expect(sandbox.createTarget().lock('staging', 'promote')).rejects.toMatchObject({
      code: 'ENVIRONMENT_LOCKED',
    });
    await lock.release();
  });

  it('leaves nothing behind when it goes down', async () => {
    await target.down('staging', recordProgress());
    expect(await leftOf(engine, instance)).toEqual([]);
    expect(await target.observe('staging')).toBeUndefined();
  });
});

describe('a first release that never gets ready', () => {
  const first = `${instance}-first`;

  it('says so, leaves nothing that starts over and over, and makes way for a better one', async () => {
    const sandbox = createSandbox(first);
    const target = sandbox.createTarget();
    const engine = await testEngine();
    try {
      sandbox.release('crash', { crashes: true });
      const failing = target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);
      await expect(failing).rejects.toMatchObject({
        code: 'ROLLOUT_FAILED',
        message: expect.stringMatching(/first release/),
      });
      expect(await leftOf(engine, first)).not.toContain(`service ${first}-staging_api`);

      sandbox.release('better');
      await target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);
      expect(await target.plan('staging')).toMatchObject({ changes: [] });
    } finally {
      await target.down('staging', recordProgress());
      sandbox.remove();
    }
  });
});

describe('the database of an environment', () => {
  const own = `${instance}-data`;
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

    const { rm } = await import('node:fs/promises');
    await rm(join(sandbox.directory, '.stack', own), { recursive: true });
    const plan = await target.plan('staging');
    expect(plan.changes.join()).toMatch(/restart Postgres 17/);
    await target.apply(plan, recordProgress(), new AbortController().signal);
    expect((await query('SELECT n FROM kept')).stdout).toBe('[{"n":42}]');
  });
});
