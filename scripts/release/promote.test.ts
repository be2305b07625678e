import { beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../messages/user-error.ts';
import { history } from './history.ts';
import { type PromotionProposal, promote } from './promote.ts';
import { contract, expand, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd } from './testing/scenario.ts';
import { up } from './up.ts';

const one = release('1.0.0', expand('0-create'));
const two = release('2.0.0', expand('0-create'), expand('1-add'));

let platform: MemoryPlatform;

/** 1.0.0 runs on prod, 2.0.0 was verified on staging. */
beforeEach(async () => {
  platform = new MemoryPlatform(one);
  await releaseToProd(platform, one);
  platform.source = two;
  await up(memoryFlow(platform), 'staging');
});

const running = (environment: string) => platform.environment(environment).tasks.map(({ release }) => release.version);
const outcomes = () =>
  platform.environment('prod').entries.map(({ action, outcome, release }) => `${action} ${release.version} ${outcome}`);

describe('promote', () => {
  it('deploys the verified release to prod without building, and leaves staging alone', async () => {
    const flow = memoryFlow(platform);
    expect(await promote(flow, promoteOptions)).toEqual({
      environment: 'prod',
      from: 'staging',
      url: 'http://prod.test',
      release: two,
      before: one,
      changed: true,
      dryRun: false,
      seconds: 0,
    });
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
    expect(outcomes().slice(-2)).toEqual(['promote 2.0.0 started', 'promote 2.0.0 good']);
    expect(platform.environment('prod').entries.at(-1)?.release.digest).toBe(two.digest);
    expect(flow.prompt.asked).toEqual([]);
  });

  it('shows what differs before it asks: release, migrations, settings, resources', async () => {
    const flow = memoryFlow(platform);
    const shown: PromotionProposal[] = [];
    const settings = async (environment: string) =>
      environment === 'prod' ? { desired: '3', nat: 'zone', port: '3000' } : { desired: '1', port: '3000' };
    const present = async (proposal: PromotionProposal) => {
      expect(flow.prompt.asked).toEqual([]);
      shown.push(proposal);
    };
    await promote(flow, { ...promoteOptions, yes: false, settings, present });
    expect(flow.prompt.asked).toEqual(['Promote 2.0.0 from staging to prod?']);
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({
      running: 'api 2 × 1.0.0',
      evidence: { outcome: 'good', release: two, environment: 'staging' },
      difference: { before: one, after: two, migrationsToRun: ['1-add'], migrationsLeft: [] },
      settings: {
        different: [
          { key: 'desired', from: '1', to: '3' },
          { key: 'nat', from: undefined, to: 'zone' },
        ],
        equal: 1,
      },
      changes: ['run 2.0.0'],
      contractMigrations: [],
    });
  });

  it('promotes to an environment on which nothing ran before', async () => {
    platform = new MemoryPlatform(one);
    await up(memoryFlow(platform), 'staging');
    expect(await promote(memoryFlow(platform), promoteOptions)).toMatchObject({ release: one, before: undefined });
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
  });

  it('changes nothing on a dry run, and asks nobody', async () => {
    const flow = memoryFlow(platform);
    const result = await promote(flow, { ...promoteOptions, yes: false, dryRun: true });
    expect(result).toMatchObject({ changed: false, dryRun: true, release: two, before: one });
    expect(flow.prompt.asked).toEqual([]);
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
    expect(outcomes()).toHaveLength(2);
  });

  it('changes nothing when it is not approved', async () => {
    const flow = memoryFlow(platform);
    flow.prompt.approves = false;
    const error = await rejection(promote(flow, { ...promoteOptions, yes: false }));
    expect(error).toMatchObject({ code: 'DECLINED', message: 'Not approved. Nothing was changed.' });
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
  });

  it('does not keep others out while a person thinks, and asks again when they changed something', async () => {
    const flow = memoryFlow(platform);
    flow.prompt.meanwhile = async () => void (await promote(memoryFlow(platform), promoteOptions));
    const error = await rejection(promote(flow, { ...promoteOptions, yes: false }));
    expect(error).toMatchObject({ code: 'ALREADY_RUNNING', message: '2.0.0 already runs on prod.' });

    platform.source = release('3.0.0', ...two.migrations);
    await up(memoryFlow(platform), 'staging');
    const slow = memoryFlow(platform);
    slow.prompt.meanwhile = async () => {
      platform.source = release('4.0.0', ...two.migrations);
      await up(memoryFlow(platform), 'staging');
    };
    expect(await rejection(promote(slow, { ...promoteOptions, yes: false }))).toMatchObject({
      code: 'CHANGED_MEANWHILE',
      message:
        'staging or prod changed between the question and the answer: 4.0.0 would be promoted, api 2 × 2.0.0 runs on prod.',
    });
    expect(running('prod')).toEqual(['2.0.0', '2.0.0']);
  });

  it('loses against another one that holds the lock', async () => {
    platform.environment('prod').lockedBy = 'promote by eve';
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'ENVIRONMENT_LOCKED',
      message: 'prod is being changed: promote by eve.',
    });
  });
});

describe('promote refuses', () => {
  const refused = (options = {}) => rejection(promote(memoryFlow(platform), { ...promoteOptions, ...options }));

  it('where nothing runs', async () => {
    platform = new MemoryPlatform(one);
    expect(await refused()).toMatchObject({
      code: 'NOTHING_TO_PROMOTE',
      message: 'No release runs on staging.',
      remedy: '`npm run stack -- up staging` deploys one and verifies it.',
    });
  });

  it('a release that failed its verification', async () => {
    platform.source = release('3.0.0', ...two.migrations);
    platform.faults.failingWrites.push('3.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    expect(await refused()).toMatchObject({
      code: 'RELEASE_UNVERIFIED',
      message:
        '3.0.0 runs on staging but was not verified: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}.',
      remedy: '`npm run stack -- verify staging` verifies it and records the result.',
    });
  });

  it('what does not run as the ledger says', async () => {
    platform.want('staging', one);
    platform.settle('staging');
    expect(await refused()).toMatchObject({
      code: 'LEDGER_DISAGREES',
      message: 'staging does not run 2.0.0 as its ledger says: api: 2 of 2 tasks run 312e302e3000, not 322e302e3000.',
      remedy: '`npm run stack -- up staging` reconciles both.',
      details: 'What runs: api 2 × 1.0.0',
    });
  });

  it.each(['staging', 'prod'])('while the last update of %s is unfinished', async (environment) => {
    const last = platform.environment(environment).entries.at(-1);
    if (last === undefined) throw new Error('nothing was recorded');
    platform.environment(environment).entries.push({ ...last, attempt: 'killed', outcome: 'started' });
    const { action, release } = last;
    expect(await refused()).toMatchObject({
      code: 'UPDATE_UNFINISHED',
      message: `The last ${action} of ${environment} (${release.version}, started 2026-11-21T09:00:00.000Z by ada@desk) has not finished.`,
      remedy: `If it is no longer running: \`npm run stack -- up ${environment}\` finishes it, \`npm run stack -- rollback ${environment}\` undoes it.`,
    });
  });

  it('what already runs there', async () => {
    await promote(memoryFlow(platform), promoteOptions);
    expect(await refused()).toMatchObject({ code: 'ALREADY_RUNNING', message: '2.0.0 already runs on prod.' });
  });

  it('an image that is gone', async () => {
    platform.images.delete(two.digest);
    expect(await refused()).toMatchObject({ code: 'IMAGE_GONE' });
    expect(outcomes()).toHaveLength(2);
  });

  it('to promote an environment to itself', async () => {
    expect(await refused({ to: 'staging' })).toMatchObject({
      code: 'SAME_ENVIRONMENT',
      message: 'A release cannot be promoted from staging to staging.',
      remedy: 'Name another source: promote staging --from <environment>.',
    });
  });

  it('a release of uncommitted changes, unless somebody says why, which the ledger keeps', async () => {
    platform.source = { ...release('3.0.0', ...two.migrations), commit: `${'0a'.repeat(20)}-dirty` };
    await up(memoryFlow(platform), 'staging');
    const error = await refused();
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({
      code: 'RELEASE_DIRTY',
      message: '3.0.0 was built from uncommitted changes (0a0a0a0a0a0a-dirty).',
      rule: 'What is promoted can be checked out and reviewed: it was built from a commit.',
      remedy:
        'Commit the changes, run `npm run stack -- up staging` and promote that; or say why this release may be promoted: --allow-dirty "<reason>".',
    });
    expect((await refused({ dryRun: true })).code).toBe('RELEASE_DIRTY');
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);

    await promote(memoryFlow(platform), { ...promoteOptions, allowDirty: 'the fix for the outage' });
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
    expect(platform.environment('prod').entries.slice(-2)).toMatchObject([
      { outcome: 'started', accepted: { dirty: 'the fix for the outage' } },
      { outcome: 'good', accepted: { dirty: 'the fix for the outage' } },
    ]);
    expect((await history(memoryFlow(platform).target, 'prod')).rows[0]?.accepted).toEqual({
      dirty: 'the fix for the outage',
    });
  });

  it('a release of which git told no commit, in the same way', async () => {
    platform.source = { ...release('3.0.0', ...two.migrations), commit: 'unknown' };
    await up(memoryFlow(platform), 'staging');
    expect(await refused()).toMatchObject({
      code: 'RELEASE_DIRTY',
      message: '3.0.0 was built where git told no commit, so nobody knows from which sources.',
      remedy:
        '`npm run stack -- doctor staging` says what git lacks. Then run `npm run stack -- up staging` and promote again; or say why this release may be promoted: --allow-dirty "<reason>".',
    });
    await promote(memoryFlow(platform), { ...promoteOptions, allowDirty: 'built on a machine without git' });
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
  });

  it.each([`${'0a'.repeat(20)}-dirty`, 'unknown'])(
    'no release any more that was recorded as %s and whose content has a commit since: up records it',
    async (commit) => {
      const content = release('3.0.0', ...two.migrations);
      platform.source = { ...content, commit };
      await up(memoryFlow(platform), 'staging');
      platform.source = { ...content, commit: '0b'.repeat(20) };
      platform.images.set(content.digest, platform.source);
      expect(await up(memoryFlow(platform), 'staging')).toMatchObject({ changed: false });
      await promote(memoryFlow(platform), promoteOptions);
      expect(platform.environment('prod').entries.at(-1)).toMatchObject({
        outcome: 'good',
        release: { commit: '0b'.repeat(20) },
      });
    },
  );

  it('to allow uncommitted changes where there are none', async () => {
    expect(await refused({ allowDirty: 'just in case' })).toMatchObject({
      code: 'RELEASE_NOT_DIRTY',
      remedy: 'Omit --allow-dirty.',
    });
  });

  it('to run anything but the digest that was verified', async () => {
    const flow = memoryFlow(platform);
    const plan = flow.target.plan.bind(flow.target);
    flow.target.plan = async (environment) => await plan(environment, one);
    expect(await rejection(promote(flow, promoteOptions))).toMatchObject({
      code: 'RELEASE_NOT_PINNED',
      message: 'prod would run another image as 1.0.0 instead of running the image of 2.0.0.',
    });
    expect(outcomes()).toHaveLength(2);
  });

  it('a contract migration that was not accepted, and accepts it by name only', async () => {
    platform.source = release('3.0.0', ...two.migrations, contract('2-drop'));
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], oneWay: 'tested' });
    expect(await refused()).toMatchObject({
      code: 'CONTRACT_NOT_ACCEPTED',
      message:
        '3.0.0 runs the contract migration 2-drop on prod: after that, prod cannot be rolled back to 1.0.0, not even automatically when the verification fails.',
      remedy:
        'If 1.0.0 no longer uses what it removes, add --accept-contract 2-drop, and say why there may be no rollback: --one-way "<reason>".',
    });
    expect(await refused({ acceptContract: ['2-drop', '2-dorp'] })).toMatchObject({
      code: 'CONTRACT_NOT_BROUGHT',
      message: '3.0.0 has no contract migration 2-dorp that is new to prod.',
      remedy: 'It has: 2-drop.',
    });
    expect(await refused({ acceptContract: ['2-drop'] })).toMatchObject({
      code: 'ONE_WAY',
      message:
        'After 3.0.0 there is no rollback. prod cannot be rolled back to 1.0.0: the contract migration 2-drop has run since.',
    });
    const accepted = { ...promoteOptions, acceptContract: ['2-drop'], oneWay: 'nobody reads the column' };
    expect(await promote(memoryFlow(platform), accepted)).toMatchObject({ changed: true });
  });
});

describe('unknown migrations', () => {
  const unknown = { name: 'what-3.0.0-does', kind: 'unknown' } as const;

  it('are promoted only when a person accepts them, and the ledger says so', async () => {
    platform.source = release('3.0.0', ...two.migrations, unknown);
    await up(memoryFlow(platform), 'staging');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'UNKNOWN_MIGRATION_BROUGHT',
      message: '3.0.0 runs what-3.0.0-does on prod: whether 1.0.0 still works after that is unknown.',
      remedy: 'If 1.0.0 works on the migrated schema, add --accept-unknown-migrations.',
    });
    const accepted = { ...promoteOptions, acceptUnknownMigrations: true };
    expect(await promote(memoryFlow(platform), accepted)).toMatchObject({ changed: true });
    expect(platform.environment('prod').entries.at(-1)?.accepted).toMatchObject({
      unknownMigrations: ['what-3.0.0-does'],
    });
  });
});

describe('a promotion that goes wrong', () => {
  it('rolls back by itself when the verification fails, verified, and the ledger says both', async () => {
    platform.faults.failingWrites.push('3.0.0');
    const flow = memoryFlow(platform);
    const three = release('3.0.0', ...two.migrations);
    platform.source = three;
    platform.faults.failingWrites.length = 0;
    await up(memoryFlow(platform), 'staging');
    platform.faults.failingWrites.push('3.0.0');

    const message =
      '3.0.0 runs on prod but failed its verification: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}. Rolled back: 1.0.0 serves again, verified.';
    expect(await rejection(promote(flow, promoteOptions))).toMatchObject({
      code: 'PROMOTION_ROLLED_BACK',
      message,
      remedy: 'Fix the app, deploy it to staging and promote it again.',
    });
    expect(running('prod')).toEqual(['1.0.0', '1.0.0']);
    expect(outcomes().slice(2)).toEqual([
      'promote 3.0.0 started',
      'rollback 1.0.0 started',
      'rollback 1.0.0 good',
      'promote 3.0.0 rolled-back',
    ]);
    expect(platform.environment('prod').entries.at(-1)).toMatchObject({ reason: message });
    expect((await history(flow.target, 'prod')).disagreement).toBeUndefined();
    expect(running('staging')).toEqual(['3.0.0', '3.0.0']);
  });

  it('leaves alone what never stopped serving', async () => {
    platform.faults.throwing.push('1-add');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'The migration 1-add failed. 1.0.0 never stopped serving.',
      details: 'last lines of prod',
    });
    expect(outcomes().slice(2)).toEqual(['promote 2.0.0 started', 'promote 2.0.0 failed']);
  });

  it('says that it cannot roll back past an accepted contract migration', async () => {
    platform.source = release('3.0.0', ...two.migrations, contract('2-drop'));
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], oneWay: 'tested' });
    platform.faults.failingWrites.push('3.0.0');
    const options = { ...promoteOptions, acceptContract: ['2-drop'], oneWay: 'tested' };
    expect(await rejection(promote(memoryFlow(platform), options))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message:
        '3.0.0 runs on prod but failed its verification: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}. It could not be rolled back to 1.0.0: the contract migration 2-drop may have run.',
      remedy:
        'Fix the app, deploy it to staging and promote it again, or choose another release with `npm run stack -- rollback prod`.',
    });
    expect(running('prod')).toEqual(['3.0.0', '3.0.0']);
    expect(outcomes().at(-1)).toBe('promote 3.0.0 unverified');
  });

  it('says that there is nothing to roll back to on an environment that was empty', async () => {
    platform = new MemoryPlatform(one);
    await up(memoryFlow(platform), 'staging');
    platform.faults.failingWrites.push('1.0.0');
    expect((await rejection(promote(memoryFlow(platform), promoteOptions))).message).toMatch(
      /\. Nothing ran on prod before it, so there is nothing to roll back to\.$/,
    );
    expect(outcomes().at(-1)).toBe('promote 1.0.0 unverified');
  });

  it('says when the rollback fails too', async () => {
    platform.source = release('3.0.0', ...two.migrations);
    await up(memoryFlow(platform), 'staging');
    platform.faults.failingWrites.push('3.0.0', '1.0.0');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message:
        '3.0.0 runs on prod but failed its verification: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}. It could not be rolled back to 1.0.0: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}.',
    });
  });
});
