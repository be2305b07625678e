import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Plan, Target } from '../release/target.ts';
import type { Engine } from './engine/engine.ts';
import { containersOf, leftOf, testEngine } from './testing/engine.ts';
import { createSandbox, recordProgress, type Sandbox } from './testing/sandbox.ts';

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
    sandbox.configure({ worker: 'off', valkey: 'off' });
    target = sandbox.createTarget();
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  const apply = (plan: Plan, signal = new AbortController().signal) => target.apply(plan, recordProgress(), signal);

  async function answer(path: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${url}${path}`)).json()) as Record<string, unknown>;
  }

  const answeringVersion = async () => (await answer('/version'))['version'];
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

  it('can be rolled back when a rollout is interrupted', async () => {
    sandbox.release('first');
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
    expect(await answeringVersion()).toBe('1.0.0-first0000000');
    expect(await target.plan('staging', before)).toMatchObject({ build: false, changes: [] });
  });

  it('sees what was changed by hand, and sets it right', async () => {
    await engine.docker.run(['service', 'update', '--quiet', '--limit-memory', '600M', `${instance}-staging_api`]);
    expect(await target.drift('staging')).toEqual(['api: memory limit is 600M, not 1024M']);
    sandbox.release('first');
    await apply(await target.plan('staging'));
    expect(await target.drift('staging')).toEqual([]);
    // The previous task may still be finishing requests in flight.
    await expect.poll(async () => (await inspect('api')).HostConfig.Memory, { timeout: 60_000 }).toBe(1024 * 2 ** 20);
  });

  it('gives the log lines of its tasks', async () => {
    const texts: string[] = [];
    const query = { service: 'api', follow: false } as const;
    for await (const line of target.logs('staging', query, new AbortController().signal)) texts.push(line.text);
    expect(texts).toContain('serving 1.0.0-first0000000');
  });

  it('says when an earlier image is gone', async () => {
    const { release } = await target.plan('staging');
    await target.assertRestorable('staging', release);
    const gone = { ...release, digest: `sha256:${'0'.repeat(64)}` };
    await expect(target.assertRestorable('staging', gone)).rejects.toMatchObject({ code: 'IMAGE_GONE' });
  });

  it('belongs to its checkout', async () => {
    const other = createSandbox(instance);
    other.release('first');
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
