import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { recordExpiry } from './expiry.ts';
import { freeze } from './freeze.ts';
import { type Candidate, prune } from './prune.ts';
import { readStatus } from './status.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { up } from './up.ts';

const past = '2026-11-20T00:00:00.000Z';
const future = '2026-11-22T00:00:00.000Z';

let platform: MemoryPlatform;
let forgotten: string[];

beforeEach(() => {
  platform = new MemoryPlatform(release('1.0.0'));
  forgotten = [];
});

/** An environment that was made to expire. */
async function made(environment: string, expires: string, says: { readonly platform?: string } = {}) {
  const flow = memoryFlow(platform);
  await recordExpiry(flow, environment, { expires, from: 'staging' });
  const state = platform.environment(environment);
  state.exists = true;
  state.madeFrom = says.platform ?? 'staging';
}

const candidate = (environment: string, expires?: string): Candidate => ({
  environment,
  lasts: false,
  ...(expires === undefined ? {} : { stackFile: { expires } }),
});

const run = (candidates: readonly Candidate[], dryRun = false) =>
  prune(candidates, {
    dryRun,
    open: async () => memoryFlow(platform),
    forget: async (name) => void forgotten.push(name),
  });

const exists = (environment: string) => platform.environment(environment).exists;

describe('prune', () => {
  it('removes what has expired, and forgets its stack file', async () => {
    await made('pr-1', past);
    expect(await run([candidate('pr-1', past)])).toEqual([
      { environment: 'pr-1', outcome: 'removed', expires: past, from: 'staging' },
    ]);
    expect([exists('pr-1'), forgotten]).toEqual([false, ['pr-1']]);
  });

  it('removes what another machine has made: its stack file is not here', async () => {
    await made('pr-1', past);
    expect(await run([candidate('pr-1')])).toMatchObject([{ outcome: 'removed' }]);
  });

  it('changes nothing in a dry run', async () => {
    await made('pr-1', past);
    expect(await run([candidate('pr-1', past)], true)).toMatchObject([{ outcome: 'expired' }]);
    expect([exists('pr-1'), forgotten]).toEqual([true, []]);
  });

  it.each([
    ['its time has not come', future, candidate('pr-1', future), 'kept', undefined],
    ['its ledger gives it more time than the stack file', future, candidate('pr-1', past), 'kept', undefined],
    ['its stack file gives it more time than the ledger', past, candidate('pr-1', future), 'kept', undefined],
    ['its time is none', 'soon', candidate('pr-1', past), 'unknown', 'soon and 2026-11-20T00:00:00.000Z is no time'],
    ['its stack file says that it lasts', past, { ...candidate('pr-1'), lasts: true }, 'unknown', 'it lasts'],
  ])('keeps it where %s', async (_what, expires, one, outcome, reason) => {
    await made('pr-1', expires);
    const [result] = await run([one]);
    expect(result?.outcome).toBe(outcome);
    if (reason !== undefined) expect(result?.reason).toContain(reason);
    expect(exists('pr-1')).toBe(true);
  });

  it('keeps, and names, what the ledger does not say was made to expire', async () => {
    Object.assign(platform.environment('pr-1'), { exists: true, madeFrom: 'staging' });
    expect(await run([candidate('pr-1', past)])).toEqual([
      { environment: 'pr-1', outcome: 'unknown', reason: 'its ledger does not say that it was made to expire' },
    ]);
    expect(exists('pr-1')).toBe(true);
  });

  it('keeps what the platform does not say was made to expire, or says otherwise', async () => {
    await made('pr-1', past, { platform: 'prod' });
    expect(await run([candidate('pr-1', past)])).toMatchObject([
      {
        outcome: 'unknown',
        reason: 'the platform says that it was made from prod, its ledger says from staging',
      },
    ]);
    delete platform.environment('pr-1').madeFrom;
    expect(await run([candidate('pr-1', past)])).toMatchObject([
      { outcome: 'unknown', reason: 'the platform does not say that it was made to expire' },
    ]);
    expect(exists('pr-1')).toBe(true);
  });

  it('keeps what cannot be read', async () => {
    await made('pr-1', past);
    platform.beforeStep = async (name) => {
      if (name === 'read origin') throw new UserError({ code: 'AWS_DENIED', message: 'No permission.' });
    };
    expect(await run([candidate('pr-1', past)])).toMatchObject([
      { outcome: 'unknown', reason: 'what the platform has of it cannot be read: No permission.' },
    ]);
  });

  it('continues after one that failed, and says why', async () => {
    for (const name of ['pr-1', 'pr-2', 'pr-3']) await made(name, past);
    platform.beforeStep = async (name) => {
      if (name === 'remove pr-1') throw new UserError({ code: 'DESTROY_FAILED', message: 'The VPC is in use.' });
    };
    await freeze(memoryFlow(platform), 'pr-2', 'being looked at');
    expect(await run(['pr-1', 'pr-2', 'pr-3'].map((name) => candidate(name, past)))).toMatchObject([
      { environment: 'pr-1', outcome: 'failed', reason: 'The VPC is in use.' },
      { environment: 'pr-2', outcome: 'failed', reason: expect.stringContaining('pr-2 has been frozen') },
      { environment: 'pr-3', outcome: 'removed' },
    ]);
    expect(forgotten).toEqual(['pr-3']);
  });

  it('says nothing of a name of which nothing exists', async () => {
    expect(await run([candidate('pr-1')])).toEqual([]);
    expect(await run([candidate('pr-1', past)])).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('ends at a bug', async () => {
    await made('pr-1', past);
    platform.beforeStep = async (name) => {
      if (name === 'remove pr-1') throw new TypeError('undefined is not a function');
    };
    await expect(run([candidate('pr-1', past)])).rejects.toThrow(TypeError);
  });
});

it('an expiry is recorded once for the same time, and shown by status', async () => {
  const flow = memoryFlow(platform);
  await recordExpiry(flow, 'pr-1', { expires: past, from: 'staging' });
  await recordExpiry(flow, 'pr-1', { expires: past, from: 'staging' });
  await up(flow, 'pr-1').catch(() => undefined);
  expect(platform.environment('pr-1').expiries).toHaveLength(1);
  expect((await readStatus(flow, 'pr-1')).expiry).toMatchObject({ value: { expires: past, from: 'staging' } });
  expect((await readStatus(flow, 'staging')).expiry).toEqual({ value: null });
});
