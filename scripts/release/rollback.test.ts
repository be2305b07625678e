import { beforeEach, describe, expect, it } from 'vitest';
import { promote } from './promote.ts';
import { type RollbackProposal, rollback } from './rollback.ts';
import { contract, expand, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const create = expand('0-create');
const add = expand('1-add');
const one = release('1.0.0', create);
const two = release('2.0.0', create, add);

const oneWay = { acceptLoss: [], oneWay: 'tested' };

let platform: MemoryPlatform;

/** Both releases ran on prod, the second one runs. */
beforeEach(async () => {
  platform = new MemoryPlatform(one);
  await releaseToProd(platform, one);
  await releaseToProd(platform, two);
});

const running = (environment: string) => platform.environment(environment).tasks.map(({ release }) => release.version);
const outcomes = () =>
  platform.environment('prod').entries.map(({ action, outcome, release }) => `${action} ${release.version} ${outcome}`);

describe('a rollback past unknown migrations', () => {
  const three = release('3.0.0', create, add, { name: 'what-3.0.0-does', kind: 'unknown' });

  beforeEach(async () => {
    platform.source = three;
    await up(memoryFlow(platform), 'staging', oneWay);
    await promote(memoryFlow(platform), { ...promoteOptions, acceptUnknownMigrations: true });
  });

  it('is refused: unknown is not safe', async () => {
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toMatchObject({
      code: 'UNKNOWN_MIGRATION_BETWEEN',
      message:
        'Whether prod can be rolled back to 2.0.0 is unknown: what-3.0.0-does may have changed the schema since.',
      remedy: 'If the code of 2.0.0 works on the current schema, add --accept-unknown-migrations.',
    });
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
  });

  it('runs when a person accepts them, and the ledger says so', async () => {
    await rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, acceptUnknownMigrations: true });
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('prod').entries.at(-1)?.accepted).toMatchObject({
      unknownMigrations: ['what-3.0.0-does'],
    });
  });
});

describe('the traffic of a rollback', () => {
  const planned = () => platform.plans.at(-1);

  it('shifts at once, whatever the deployment strategy is: the release was verified here', async () => {
    expect(planned()).toEqual({ version: '2.0.0', skipBakes: false });
    await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(planned()).toEqual({ version: '1.0.0', skipBakes: true });
  });

  it('follows the strategy where a person asks for it', async () => {
    await rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, gradual: true });
    expect(planned()).toEqual({ version: '1.0.0', skipBakes: false });
  });

  it('shifts at once when a release that fails is rolled back', async () => {
    platform.source = release('3.0.0', create, add);
    await up(memoryFlow(platform), 'staging');
    platform.faults.failingWrites.push('3.0.0');
    await expect(promote(memoryFlow(platform), promoteOptions)).rejects.toThrow();
    expect(planned()).toEqual({ version: '2.0.0', skipBakes: true });
  });
});

describe('rollback', () => {
  it('brings back the last good release before the one that runs: same digest, same desired count, verified', async () => {
    platform.environment('prod').desired = 3;
    platform.settle('prod');
    const result = await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(result).toEqual({
      environment: 'prod',
      url: 'http://prod.test',
      release: one,
      before: two,
      held: '2.0.0',
      changed: true,
      dryRun: false,
      seconds: 0,
    });
    expect(running('prod')).toEqual(['1.0.0', '1.0.0', '1.0.0']);
    expect(platform.environment('prod').tasks.every(({ release }) => release.digest === one.digest)).toBe(true);
    expect(outcomes().slice(-2)).toEqual(['rollback 1.0.0 started', 'rollback 1.0.0 good']);
    expect(running('staging')).toEqual(['2.0.0', '2.0.0']);
  });

  it('lets the older code run on the newer schema of an expand migration', async () => {
    await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(platform.environment('prod').schema).toEqual([create, add]);
  });

  it('goes further back when it is run again, then says that there is nothing further', async () => {
    await releaseToProd(platform, release('3.0.0', create, add));
    await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
    await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toMatchObject({
      code: 'NO_EARLIER_RELEASE',
      message: 'prod has no verified release before the one that runs, 1.0.0.',
      remedy: 'Releases that were rolled back can be named with --to: 2.0.0, 3.0.0.',
    });
  });

  it('brings back a release by its version', async () => {
    await releaseToProd(platform, release('3.0.0', create, add));
    await rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, to: '1.0.0' });
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
  });

  it('names the versions that there are when it does not know the one asked for', async () => {
    expect(await rejection(rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, to: '9.9.9' }))).toMatchObject({
      code: 'RELEASE_UNKNOWN',
      message: 'prod has no verified release 9.9.9.',
      rule: 'Only a release that was verified on the environment can be rolled back to.',
      remedy: 'Choose one of: 2.0.0, 1.0.0.',
    });
  });

  it('changes nothing when the release asked for already runs', async () => {
    const result = await rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, to: '2.0.0' });
    expect(result).toMatchObject({ changed: false, release: two });
    expect(outcomes()).toHaveLength(4);
  });

  it('goes back from a release that was left unverified to the last good one', async () => {
    platform.source = release('3.0.0', create, add);
    platform.faults.failingWrites.push('3.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    await rollback(memoryFlow(platform), 'staging', rollbackOptions);
    expect(running('staging')).toEqual(['2.0.0', '2.0.0']);
  });

  it('says where nothing runs that there is nothing to roll back', async () => {
    expect(await rejection(rollback(memoryFlow(), 'staging', rollbackOptions))).toMatchObject({
      code: 'NOTHING_RUNS',
      message: 'Nothing runs on staging, so there is nothing to roll back.',
      remedy: '`npm run stack -- up staging` deploys a release.',
    });
  });
});

describe('before a rollback', () => {
  it('says what will change, then asks', async () => {
    const flow = memoryFlow(platform);
    const shown: RollbackProposal[] = [];
    const present = async (proposal: RollbackProposal) => {
      expect(flow.prompt.asked).toEqual([]);
      shown.push(proposal);
    };
    await rollback(flow, 'prod', { ...rollbackOptions, yes: false, present });
    expect(flow.prompt.asked).toEqual(['Roll prod back to 1.0.0?']);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({
      running: 'api 2 × 2.0.0',
      before: two,
      release: one,
      difference: { migrationsToRun: [], migrationsLeft: ['1-add'] },
      changes: ['run 1.0.0'],
      desired: ['api 2'],
    });
  });

  it('only says what would change on a dry run', async () => {
    const flow = memoryFlow(platform);
    const result = await rollback(flow, 'prod', { ...rollbackOptions, dryRun: true });
    expect(result).toMatchObject({ release: one, before: two, changed: false, dryRun: true });
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
    expect(outcomes()).toHaveLength(4);
    expect(flow.prompt.asked).toEqual([]);
  });

  it('a person picks if there are several releases, by age, commit and digest', async () => {
    const three = release('3.0.0', create, add, contract('2-drop'));
    const four = release('4.0.0', create, add, contract('2-drop'));
    platform.source = three;
    await up(memoryFlow(platform), 'staging', oneWay);
    platform.source = four;
    await up(memoryFlow(platform), 'staging');
    const flow = memoryFlow(platform);
    await flow.clock.sleep(2 * 3_600_000);
    flow.prompt.chooses = '3.0.0';
    await rollback(flow, 'staging', { ...rollbackOptions, yes: false });
    const forbidden = { hint: 'impossible: contract migration 2-drop', disabled: true };
    expect(flow.prompt.offered).toEqual([
      { value: '3.0.0', label: '3.0.0', hint: '2 h ago, commit c-3.0.0, 332e302e3000', disabled: false },
      { value: '2.0.0', label: '2.0.0', ...forbidden },
      { value: '1.0.0', label: '1.0.0', ...forbidden },
    ]);
    expect(flow.prompt.asked).toEqual(['Roll staging back to which release?', 'Roll staging back to 3.0.0?']);
    expect(running('staging')).toEqual(['3.0.0', '3.0.0']);
  });

  it('nothing changes when the person gives up, or says no', async () => {
    await releaseToProd(platform, release('3.0.0', create, add));
    const flow = memoryFlow(platform);
    const options = { ...rollbackOptions, yes: false };
    expect(await rejection(rollback(flow, 'prod', options))).toMatchObject({
      code: 'INTERRUPTED',
      message: 'Interrupted. Nothing was changed.',
    });
    flow.prompt.chooses = '1.0.0';
    flow.prompt.approves = false;
    expect((await rejection(rollback(flow, 'prod', options))).code).toBe('DECLINED');
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
  });

  it('a change that came between the question and the answer stops it', async () => {
    const flow = memoryFlow(platform);
    flow.prompt.meanwhile = async () => await releaseToProd(platform, release('3.0.0', create, add));
    expect(await rejection(rollback(flow, 'prod', { ...rollbackOptions, yes: false }))).toMatchObject({
      code: 'CHANGED_MEANWHILE',
      message: 'prod changed between the question and the answer: api 2 × 3.0.0 runs now.',
    });
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
  });

  it.each([
    ['ran well', async () => await releaseToProdAccepting()],
    ['never got ready', async () => await failingContract()],
  ])('a contract migration between forbids it, whose release %s', async (_, bring) => {
    await bring();
    expect(
      await rejection(rollback(memoryFlow(platform), 'staging', { ...rollbackOptions, to: '1.0.0' })),
    ).toMatchObject({
      code: 'CONTRACT_MIGRATION_BETWEEN',
      message: 'staging cannot be rolled back to 1.0.0: the contract migration 2-drop has run since.',
      rule: 'A contract migration removes what older code still uses, and migrations only go forward.',
    });
  });

  async function releaseToProdAccepting(): Promise<void> {
    platform.source = release('3.0.0', create, add, contract('2-drop'));
    await up(memoryFlow(platform), 'staging', oneWay);
  }

  async function failingContract(): Promise<void> {
    platform.faults.neverReady.push('3.0.0');
    platform.source = release('3.0.0', create, add, contract('2-drop'));
    await rejection(up(memoryFlow(platform), 'staging', oneWay));
  }

  it('an image that is gone forbids it', async () => {
    platform.images.delete(one.digest);
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toMatchObject({
      code: 'IMAGE_GONE',
      message: 'The image of 1.0.0 is gone, so prod cannot run it.',
    });
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
  });

  it('somebody else who changes the environment forbids it', async () => {
    platform.environment('prod').lockedBy = 'up by eve';
    expect((await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).message).toBe(
      'prod is being changed: up by eve.',
    );
  });
});

describe('a failing rollback', () => {
  it('says what serves and writes it down', async () => {
    platform.faults.neverReady.push('1.0.0');
    const message = '1.0.0 never got ready. 2.0.0 keeps serving.';
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toMatchObject({
      code: 'ROLLOUT_FAILED',
      message,
      details: 'last lines of prod',
    });
    expect(platform.environment('prod').entries.at(-1)).toMatchObject({ outcome: 'failed', reason: message });
  });

  it('ends with an error when the release that it brought back fails its verification', async () => {
    platform.faults.failingWrites.push('1.0.0');
    expect((await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).code).toBe('VERIFICATION_FAILED');
    expect(outcomes().at(-1)).toBe('rollback 1.0.0 unverified');
  });
});
