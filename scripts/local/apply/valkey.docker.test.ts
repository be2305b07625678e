import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Target } from '../../release/target.ts';
import type { Engine } from '../engine/engine.ts';
import { containersOf, leftOf, testEngine } from '../testing/engine.ts';
import { createSandbox, recordProgress, type Sandbox } from '../testing/sandbox.ts';

const instance = `t${process.pid}-valkey`;

/** The tests build on each other in order. */
describe('Valkey on this machine', () => {
  let sandbox: Sandbox;
  let target: Target;
  let engine: Engine;

  beforeAll(async () => {
    engine = await testEngine();
    sandbox = createSandbox(instance);
    sandbox.configure({ worker: 'off', valkey: 'on', apiDesiredCount: '1', apiMaxCount: '1' });
    sandbox.release('first');
    target = sandbox.createTarget();
  });
  afterAll(async () => {
    await target.down('staging', recordProgress());
    sandbox.remove();
  });

  const up = async () => target.apply(await target.plan('staging'), recordProgress(), new AbortController().signal);

  it('answers who has its password and trusts its authority, and nobody else', async () => {
    const { url } = await up();
    const answers = (await (await fetch(`${url}/valkey`)).json()) as Record<string, string>;

    expect(answers['trusted']).toMatch(/^\+OK\r\n\+PONG\r\n[\s\S]*noeviction/);
    expect(answers['withoutPassword']).toMatch(/^-NOAUTH/);
    expect(answers['withoutAuthority']).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(answers['withoutTls']).not.toMatch(/PONG/);
  });

  it('has the memory of its node type', async () => {
    const [id = ''] = await containersOf(engine, instance, 'valkey');
    const [{ HostConfig }] = JSON.parse(await engine.docker.run(['container', 'inspect', id]));

    expect(HostConfig).toMatchObject({ Memory: 512 * 2 ** 20, ReadonlyRootfs: true });
  });

  it('is left alone by an up that has nothing to change', async () => {
    expect((await target.plan('staging')).changes).toEqual([]);
  });

  it('goes when its setting does, and only then what it held is lost', async () => {
    sandbox.configure({ valkey: 'off' });
    const plan = await target.plan('staging');

    expect(plan.losses).toEqual([{ name: 'valkey', change: 'remove Valkey with its data' }]);
    await up();
    expect(await containersOf(engine, instance, 'valkey')).toEqual([]);
    expect(await containersOf(engine, instance, 'database')).toHaveLength(1);
  });

  it('leaves nothing behind', async () => {
    await target.down('staging', recordProgress());

    expect(await leftOf(engine, instance)).toEqual([]);
  });
});
