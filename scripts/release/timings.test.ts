import { describe, expect, it } from 'vitest';
import { type Phase, type Span, timelineOf } from '../../infra/contract/timeline.ts';
import { history } from './history.ts';
import type { Timings } from './ledger.ts';
import { rollback } from './rollback.ts';
import { rollbackTime } from './rollback-time.ts';
import { entry } from './testing/ledger-entry.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rollbackOptions } from './testing/scenario.ts';
import {
  compareTimings,
  completed,
  measuredPhases,
  sayTimings,
  servedAfterSeconds,
  slowestPhase,
  trendOf,
} from './timings.ts';
import { up } from './up.ts';

const pull: Phase = { name: 'pull', seconds: 2, basis: 'platform' };
const boot = (seconds: number, basis: Phase['basis'] = 'measured'): Phase => ({ name: 'boot', seconds, basis });
const healthy: Phase = { name: 'healthy', seconds: 10, basis: 'settings', setting: 'healthyThreshold' };
const stop: Phase = { name: 'stop', seconds: 5, basis: 'settings', setting: 'drainDelaySeconds' };
const span = (phases: Span['phases'], seconds: number): Span => ({ phases, seconds });

const timed = (bootSeconds: number): Timings => ({
  predicted: [pull, boot(4)],
  measured: [span(['pull'], 2), span(['boot'], bootSeconds)],
});

describe('compareTimings', () => {
  const compare = (predicted: readonly Phase[], measured: readonly Span[], load?: Timings['load']) =>
    compareTimings({ predicted, measured, ...(load === undefined ? {} : { load }) }).map(({ agrees, why }) =>
      agrees ? 'agrees' : why,
    );

  it('adds up what was predicted of phases that are measured together', () => {
    expect(compareTimings({ predicted: [boot(4), healthy], measured: [span(['boot', 'healthy'], 15)] })).toEqual([
      { phases: ['boot', 'healthy'], predicted: 14, measured: 15, ongoing: false, agrees: true },
    ]);
  });

  it('agrees within a quarter, and no further', () => {
    expect(compare([healthy], [span(['healthy'], 12.5)])).toEqual(['agrees']);
    expect(compare([healthy], [span(['healthy'], 12.6)])).toEqual(['not explained']);
    expect(compare([healthy], [span(['healthy'], 7.4)])).toEqual(['not explained']);
  });

  it.each<[what: string, predicted: readonly Phase[], measured: Span, load: Timings['load'], why: string]>([
    [
      'a limit',
      [boot(60, 'limit')],
      span(['boot'], 4),
      undefined,
      'the prediction is a limit: it was never measured here',
    ],
    [
      'a busy machine',
      [boot(4)],
      span(['boot'], 9),
      { average: 13.2, cores: 2 },
      'the machine was busy: load 13.2 on 2 cores',
    ],
    ['an idle machine', [boot(4)], span(['boot'], 9), { average: 0.4, cores: 2 }, 'the 5 releases before it took less'],
    [
      'faster than ever',
      [boot(9)],
      span(['boot'], 4),
      { average: 9, cores: 2 },
      'the 5 releases before it took longer',
    ],
    ['requests in flight', [stop], span(['stop'], 18), undefined, 'old tasks waited for what they had in flight'],
    [
      'tasks that still stop',
      [stop],
      { phases: ['stop'], seconds: 5, ongoing: true },
      undefined,
      'the old tasks had not ended when the command did',
    ],
    ['the platform', [pull], span(['pull'], 9), undefined, 'no setting decides it: it is the platform’s'],
    ['what nobody predicted', [], span(['bake'], 3), undefined, 'nothing was predicted of it'],
  ])('explains a difference by %s', (_, predicted, measured, load, why) => {
    expect(compare(predicted, [measured], load)).toEqual([why]);
  });
});

describe('measuredPhases', () => {
  it('takes the median of the latest five verified releases', () => {
    const entries = [90, 3, 4, 5, 40, 6].map((seconds) => entry('1.0.0', { timings: timed(seconds) }));
    const failed = entry('2.0.0', { outcome: 'failed', timings: timed(80) });
    expect(measuredPhases([...entries, failed, entry('3.0.0')])).toEqual({ pull: 2, boot: 5 });
    expect(measuredPhases([entry('1.0.0')])).toEqual({});
  });

  it('takes the boot out of what ECS measures together', () => {
    const timings = { predicted: [boot(60, 'limit'), healthy], measured: [span(['boot', 'healthy'], 16)] };
    expect(measuredPhases([entry('1.0.0', { timings })])).toEqual({ boot: 6 });
  });
});

it('slowestPhase names the phase in which the releases spent most time', () => {
  expect(slowestPhase([timed(4), timed(8)])).toEqual({ phases: ['boot'], seconds: 6, share: 12 / 16, releases: 2 });
  const open = { predicted: [], measured: [{ ...span(['boot'], 2), ongoing: true } as const] };
  expect(slowestPhase([open, timed(8)])).toMatchObject({ phases: ['boot'], seconds: 8 });
  expect(slowestPhase([])).toBeUndefined();
});

it('trendOf compares the newer half with the older, and nothing of fewer than four', () => {
  expect(trendOf([timed(8), timed(8), timed(4), timed(4)])).toEqual({ before: 6, now: 10 });
  expect(trendOf([timed(8), timed(4), timed(4)])).toBeUndefined();
});

it('sayTimings has each prediction beside what was measured, and a limit as one', () => {
  const measured = [span(['pull'], 2.4), span(['boot'], 8.6), { ...span(['stop'], 5), ongoing: true } as const];
  const predicted = [pull, boot(60, 'limit'), stop];
  expect(sayTimings({ predicted, measured })).toBe(
    'pull 2.4 s (2.0 s predicted), boot 8.6 s (at most 1 min 0 s predicted), stop more than 5.0 s (5.0 s predicted)',
  );
  expect(servedAfterSeconds({ measured })).toBe(11);
});

it('completed leaves times alone that are of another rollout by now', () => {
  const timings = { predicted: [], measured: [span(['boot'], 3), { ...span(['stop'], 4), ongoing: true } as const] };
  const ended = { spans: [span(['boot'], 3), span(['stop'], 7)] };
  expect(completed(timings, ended)?.measured).toEqual(ended.spans);
  expect(completed(timings, { spans: [span(['boot'], 5), span(['stop'], 7)] })).toBeUndefined();
  expect(completed(timings, { spans: timings.measured })).toBeUndefined();
  expect(completed({ ...timings, measured: ended.spans }, ended)).toBeUndefined();
});

describe('a release', () => {
  const measured = [span(['boot'], 11)];

  it('keeps what was predicted and measured in the ledger, and the next prediction starts from it', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    platform.times = { spans: measured, load: { average: 1, cores: 2 } };
    const flow = memoryFlow(platform);
    await up(flow, 'staging');
    expect(platform.environment('staging').entries.at(-1)?.timings).toEqual({
      predicted: [{ name: 'boot', seconds: 12, basis: 'limit' }],
      measured,
      load: { average: 1, cores: 2 },
    });
    expect(flow.progress.lines).toContain('  took boot 11.0 s (at most 12.0 s predicted)');
    const { entries } = platform.environment('staging');
    expect(await rollbackTime(flow.target, 'staging', entries)).toEqual({ seconds: 11, atMost: false });
    const canary = timelineOf([{ name: 'bake', seconds: 600, basis: 'settings' }], { canarySeconds: 600 });
    const target = { timelines: async () => ({ rollout: canary, rollback: timelineOf([]) }) };
    expect(await rollbackTime(target, 'staging', entries, { gradual: true })).toEqual({ seconds: 600, atMost: false });
    expect(await rollbackTime(target, 'staging', entries)).toEqual({ seconds: 0, atMost: false });
  });

  it('is as good when its times cannot be read', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    platform.beforeStep = async (name) => {
      if (name === 'read times') throw new Error('no answer');
    };
    const flow = memoryFlow(platform);
    expect(await up(flow, 'staging')).toMatchObject({ changed: true });
    expect(platform.environment('staging').entries.at(-1)).not.toHaveProperty('timings');
    expect(flow.progress.lines).toContain('  how long its phases took is not known: no answer');
  });

  it('is completed by the next one with what ended after its command', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    platform.times = { spans: [{ ...span(['stop'], 4), ongoing: true }] };
    await up(memoryFlow(platform), 'staging');
    platform.times = { spans: [span(['stop'], 7)] };
    platform.source = release('2.0.0');
    await up(memoryFlow(platform), 'staging');
    const { rows } = await history(memoryFlow(platform).target, 'staging');
    expect(rows.map(({ version, outcome, timings }) => [version, outcome, timings?.measured])).toEqual([
      ['2.0.0', 'good', [span(['stop'], 7)]],
      ['1.0.0', 'good', [span(['stop'], 7)]],
    ]);
  });

  it('of a rollback says the seconds first, and measures them afterwards', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    platform.times = { spans: measured };
    await up(memoryFlow(platform), 'staging');
    platform.source = release('2.0.0');
    await up(memoryFlow(platform), 'staging');
    let said: unknown;
    const present = async (proposal: { readonly time: unknown }) => {
      said = proposal.time;
    };
    await rollback(memoryFlow(platform), 'staging', { ...rollbackOptions, present });
    expect(said).toEqual({ seconds: 11, atMost: false });
    expect(platform.environment('staging').entries.at(-1)).toMatchObject({ action: 'rollback', timings: { measured } });
  });
});
