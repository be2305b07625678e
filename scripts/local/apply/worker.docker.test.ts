import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Target } from '../../release/target.ts';
import type { Engine } from '../engine/engine.ts';
import { containersOf, leftOf, testEngine } from '../testing/engine.ts';
import { type Behaviour, createSandbox, recordProgress, type Sandbox } from '../testing/sandbox.ts';

const instance = `t${process.pid}-worker`;

/** Two services of one release: what holds for one has to hold for both. The tests build on each other in order. */
describe('a worker beside the API on this machine', () => {
  let sandbox: Sandbox;
  let target: Target;
  let engine: Engine;

  beforeAll(async () => {
    engine = await testEngine();
    sandbox = createSandbox(instance);
    // So that a release which never gets ready is given up soon.
    sandbox.configure({ worker: 'on', apiDesiredCount: '1', slowestBootSeconds: '5', toleratedOutageSeconds: '10' });
    target = sandbox.createTarget();
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  async function up(version: string, behaviour: Behaviour = {}) {
    sandbox.release(version, behaviour);
    return target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);
  }

  const running = async () =>
    (await target.observe('staging'))?.services.map(({ name, desired, tasks }) => ({
      name,
      desired,
      digests: [...new Set(tasks.map(({ digest }) => digest))],
      healthy: tasks.filter(({ healthy }) => healthy).length,
    }));
  let first = '';

  it('runs the same image', async () => {
    first = (await up('first')).release.digest;

    expect(await running()).toEqual([
      { name: 'api', desired: 1, digests: [first], healthy: 1 },
      { name: 'worker', desired: 1, digests: [first], healthy: 1 },
    ]);
    expect((await target.plan('staging')).changes).toEqual([]);
  });

  it('has the limits of its own task definition', async () => {
    const [id = ''] = await containersOf(engine, instance, 'worker');
    const [{ Config, HostConfig }] = JSON.parse(await engine.docker.run(['container', 'inspect', id]));

    expect(HostConfig).toMatchObject({ Memory: 512 * 2 ** 20, ReadonlyRootfs: true });
    expect(Config.Env).toContain('SERVICE_NAME=worker');
  });

  it('takes the API back with it when it does not get well', async () => {
    await expect(up('second', { workerNeverReady: true })).rejects.toMatchObject({
      code: 'ROLLOUT_FAILED',
      message: expect.stringContaining('a task of worker did not pass its health check'),
    });

    expect((await running())?.map(({ digests }) => digests)).toEqual([[first], [first]]);
  });

  it('is part of what was changed by hand, and of what the tasks write', async () => {
    await engine.docker.run(['service', 'scale', '--detach', `${instance}-staging_worker=2`]);
    expect(await target.drift('staging')).toEqual(['worker: desired count is 2, not 1']);

    const lines: string[] = [];
    for await (const { text } of target.logs(
      'staging',
      { follow: false, service: 'worker' },
      new AbortController().signal,
    ))
      lines.push(text);
    expect(lines.some((line) => line.startsWith('working as 1.0.0-first'))).toBe(true);
  });

  it('goes when its setting does', async () => {
    sandbox.configure({ worker: 'off' });
    sandbox.release('first');
    await target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);

    expect((await running())?.map(({ name }) => name)).toEqual(['api']);
    await target.down('staging', recordProgress());
    expect(await leftOf(engine, instance)).toEqual([]);
  });
});
