import { beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../messages/user-error.ts';
import { history } from './history.ts';
import { holdsOf } from './holds.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { entry } from './testing/ledger-entry.ts';
import { contract, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const [one, two, three] = [release('1.0.0'), release('2.0.0'), release('3.0.0')];

let platform: MemoryPlatform;
const held = (environment = 'prod') =>
  holdsOf(platform.environment(environment).entries).map(({ version, reason }) => `${version}: ${reason}`);
const running = (environment = 'prod') => platform.environment(environment).tasks.map(({ release }) => release.version);
const promoting = (options = {}) => promote(memoryFlow(platform), { ...promoteOptions, ...options });
const rollingBack = (environment = 'prod', options = {}) =>
  rollback(memoryFlow(platform), environment, { ...rollbackOptions, ...options });

/** Both releases ran on prod, the second one runs on both environments. */
beforeEach(async () => {
  platform = new MemoryPlatform(one);
  await releaseToProd(platform, one);
  await releaseToProd(platform, two);
});

describe('a rollback by hand', () => {
  it('puts the release that it left on hold on that environment, with the reason given', async () => {
    const result = await rollingBack('prod', { reason: 'checkout fails for guests' });
    expect(result.held).toBe('2.0.0');
    expect(held()).toEqual(['2.0.0: checkout fails for guests']);
    expect(held('staging')).toEqual([]);
    expect(platform.environment('prod').entries.at(-1)?.hold).toEqual({
      version: '2.0.0',
      digest: two.digest,
      reason: 'checkout fails for guests',
    });
  });

  it('says to what it rolled back where no reason is given', async () => {
    await rollingBack();
    expect(held()).toEqual(['2.0.0: rolled back to 1.0.0']);
  });

  it('holds nothing when it fails, or when it only shows what it would do', async () => {
    await rollingBack('prod', { dryRun: true });
    platform.faults.neverReady.push('1.0.0');
    await rejection(rollingBack());
    expect(held()).toEqual([]);
  });

  it('holds nothing when nothing is left', async () => {
    expect((await rollingBack('prod', { to: '2.0.0' })).held).toBeUndefined();
    expect(held()).toEqual([]);
  });

  it('holds what a killed rollback left when the next command settles it', async () => {
    let dead = () => undefined as undefined;
    const died = new Promise<void>((resolve) => {
      dead = () => void resolve() as undefined;
    });
    platform.beforeStep = async (name) => {
      if (name !== 'request') return;
      dead();
      await new Promise(() => undefined);
    };
    void rollingBack();
    await died;
    platform.beforeStep = async () => undefined;
    platform.releaseLocksOfTheDead();
    await up(memoryFlow(platform), 'prod');
    expect(running()).toEqual(['1.0.0', '1.0.0']);
    expect(held()).toEqual(['2.0.0: rolled back to 1.0.0']);
  });
});

describe('a release on hold', () => {
  beforeEach(async () => void (await rollingBack('prod', { reason: 'checkout fails' })));

  it('is refused by promote, with since when, by whom and why', async () => {
    const error = await rejection(promoting());
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({
      code: 'RELEASE_HELD',
      message: '2.0.0 is on hold on prod since 2026-11-21T09:00:00.000Z (ada@desk): checkout fails.',
      rule: 'A release that was rolled back is not deployed to that environment again without a reason.',
      remedy: 'Deploy a fixed release, or say why this one may be deployed: --accept-rolled-back "<reason>".',
    });
    expect((await rejection(promoting({ dryRun: true }))).code).toBe('RELEASE_HELD');
    expect(running()).toEqual(['1.0.0', '1.0.0']);
  });

  it('is promoted with a reason, which the ledger keeps, and is then on hold no longer', async () => {
    await promoting({ acceptRolledBack: 'the payment provider was down' });
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('prod').entries.at(-1)).toMatchObject({
      outcome: 'good',
      accepted: { rolledBack: 'the payment provider was down' },
    });
    expect(held()).toEqual([]);
  });

  it('does not hold back another release', async () => {
    platform.source = three;
    await up(memoryFlow(platform), 'staging');
    await promoting();
    expect(running()).toEqual(['3.0.0', '3.0.0']);
    expect(held()).toEqual(['2.0.0: checkout fails']);
  });

  it('can be rolled back to by its name', async () => {
    await rollingBack('prod', { to: '2.0.0' });
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(held()).toEqual(['1.0.0: rolled back to 2.0.0']);
  });

  it('is marked in the history, which lists the holds', async () => {
    const { rows, holds } = await history(memoryFlow(platform).target, 'prod');
    expect(rows.map(({ version, held }) => [version, held ?? false])).toEqual([
      ['1.0.0', false],
      ['2.0.0', true],
      ['1.0.0', false],
    ]);
    expect(holds).toEqual([
      {
        version: '2.0.0',
        digest: two.digest,
        reason: 'checkout fails',
        by: 'ada@desk',
        at: '2026-11-21T09:00:00.000Z',
      },
    ]);
  });

  it('is no reason to accept what is not on hold', async () => {
    platform.source = three;
    await up(memoryFlow(platform), 'staging');
    expect(await rejection(promoting({ acceptRolledBack: 'why not' }))).toMatchObject({
      code: 'RELEASE_NOT_HELD',
      message: '3.0.0 is not on hold on prod.',
      remedy: 'Omit --accept-rolled-back.',
    });
  });
});

describe('up', () => {
  beforeEach(async () => void (await rollingBack('staging')));

  it('refuses a release on hold: a CI job would bring it back with the next push', async () => {
    expect(await rejection(up(memoryFlow(platform), 'staging'))).toMatchObject({ code: 'RELEASE_HELD' });
    expect(running('staging')).toEqual(['1.0.0', '1.0.0']);
  });

  it('refuses it also when its image would be built again', async () => {
    platform.images.delete(two.digest);
    expect(await rejection(up(memoryFlow(platform), 'staging'))).toMatchObject({ code: 'RELEASE_HELD' });
  });

  it('deploys it with a reason', async () => {
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], acceptRolledBack: 'its quota was raised' });
    expect(running('staging')).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('staging').entries.at(-1)?.accepted).toEqual({ rolledBack: 'its quota was raised' });
    await up(memoryFlow(platform), 'staging');
  });
});

describe('a promotion that fails', () => {
  beforeEach(async () => {
    platform.source = three;
    await up(memoryFlow(platform), 'staging');
  });

  it('puts its release on hold when it fails its verification and is rolled back', async () => {
    platform.faults.failingWrites.push('3.0.0');
    await rejection(promoting());
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    const why = 'failed its verification: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}';
    expect(held()).toEqual([`3.0.0: ${why}`]);
    platform.faults.failingWrites.length = 0;
    expect((await rejection(promoting())).code).toBe('RELEASE_HELD');
  });

  it.each(['neverReady', 'lies'] as const)(
    'puts its release on hold when the platform rolls back (%s)',
    async (fault) => {
      platform.faults[fault].push('3.0.0');
      await rejection(promoting());
      platform.faults[fault].length = 0;
      expect(running()).toEqual(['2.0.0', '2.0.0']);
      expect((await rejection(promoting())).code).toBe('RELEASE_HELD');
    },
  );

  it('holds nothing when it was interrupted: that says nothing about the release', async () => {
    const flow = memoryFlow(platform);
    platform.beforeStep = async (name) => void (name === 'request' && flow.interrupt());
    await rejection(promote(flow, promoteOptions));
    platform.beforeStep = async () => undefined;
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(held()).toEqual([]);
  });

  it('holds nothing when no task of the release ever started', async () => {
    platform.source = release('4.0.0', contract('1-drop'));
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], oneWay: 'tested' });
    platform.faults.throwing.push('1-drop');
    await rejection(promoting({ acceptContract: ['1-drop'], oneWay: 'tested' }));
    expect(held()).toEqual([]);
  });

  it('holds nothing that still runs because it could not be rolled back', async () => {
    platform.source = release('4.0.0', contract('1-drop'));
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], oneWay: 'tested' });
    platform.faults.failingWrites.push('4.0.0');
    await rejection(promoting({ acceptContract: ['1-drop'], oneWay: 'tested' }));
    expect(running()).toEqual(['4.0.0', '4.0.0']);
    expect(held()).toEqual([]);
  });
});

it('holdsOf takes an earlier ledger, which only says that a release was rolled back, at its word', () => {
  const entries = [
    entry('1.0.0'),
    entry('2.0.0', { action: 'promote', outcome: 'rolled-back', reason: 'it failed' }),
    entry('1.0.0', { action: 'rollback' }),
  ];
  expect(holdsOf(entries)).toMatchObject([{ version: '2.0.0', reason: 'it failed', by: 'ada@desk' }]);
});
