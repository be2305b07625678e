import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Target } from '../release/target.ts';
import { startLoad } from '../testing/load.ts';
import { type Behaviour, createSandbox, recordProgress, type Sandbox } from './testing/sandbox.ts';

const instance = `t${process.pid}-rollout`;

/** The tests build on each other in order, as releases do. */
describe('an environment under load', () => {
  let sandbox: Sandbox;
  let target: Target;
  let url: string;

  beforeAll(async () => {
    sandbox = createSandbox(instance);
    // So that a release which never gets ready is given up soon.
    sandbox.configure({ slowestBootSeconds: '5', toleratedOutageSeconds: '10', worker: 'off', valkey: 'off' });
    sandbox.configure({ apiCpuUnits: '512', apiMemoryMiB: '1024', stopTimeoutSeconds: '40' });
    target = sandbox.createTarget();
    url = (await up('first')).url;
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  async function up(version: string, behaviour: Behaviour = {}) {
    sandbox.release(version, behaviour);
    return target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);
  }

  async function answeringVersion(): Promise<unknown> {
    return ((await (await fetch(`${url}/version`)).json()) as Record<string, unknown>)['version'];
  }
  const taskIds = async () =>
    (await target.observe('staging'))?.services.flatMap(({ tasks }) => tasks.map(({ id }) => id));

  it('gets a release under load without one failed request, and finishes requests in flight', async () => {
    const slow = fetch(`${url}/slow/8`);
    const load = startLoad(`${url}/version`);
    await up('second');
    const { failed, requestsPerSecond } = await load.stop();
    expect({ failed, enough: requestsPerSecond >= 200 }).toEqual({ failed: 0, enough: true });
    expect(await answeringVersion()).toBe('1.0.0-second000000');
    expect((await slow).status).toBe(200);
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
});
