import { describe, expect, it } from 'vitest';
import type { Observed } from './target.ts';
import { entry } from './testing/ledger-entry.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { assertTruth, describeRunning, differencesFromTruth } from './truth.ts';

const one = release('1.0.0');
const two = release('2.0.0');
const task = (version: string, healthy = true) => ({ id: 'task', digest: release(version).digest, healthy });

function observed(desired: number, ...tasks: ReturnType<typeof task>[]): Observed {
  return { url: 'http://app.test', services: [{ name: 'api', desired, tasks, revision: 'r' }] };
}

function withWorker(api: Observed, worker: ReturnType<typeof task>): Observed {
  return { ...api, services: [...api.services, { name: 'worker', desired: 1, tasks: [worker], revision: 'r' }] };
}

describe('differencesFromTruth', () => {
  it.each([
    ['all as requested', observed(2, task('2.0.0'), task('2.0.0')), []],
    ['nothing', undefined, ['nothing of the environment exists']],
    ['no service', { url: '', services: [] }, ['no service runs']],
    ['too few tasks', observed(2, task('2.0.0')), ['api: 1 of 2 desired tasks run']],
    ['too many tasks', observed(1, task('2.0.0'), task('2.0.0')), ['api: 2 of 1 desired tasks run']],
    ['a mixture', observed(2, task('2.0.0'), task('1.0.0')), ['api: 1 of 2 tasks run 312e302e3000, not 322e302e3000']],
    ['an unhealthy task', observed(2, task('2.0.0'), task('2.0.0', false)), ['api: 1 of 2 tasks are not healthy']],
    [
      'a worker that stayed behind',
      withWorker(observed(1, task('2.0.0')), task('1.0.0')),
      ['worker: 1 of 1 tasks run 312e302e3000, not 322e302e3000'],
    ],
    [
      'a worker that is not well',
      withWorker(observed(1, task('2.0.0')), task('2.0.0', false)),
      ['worker: 1 of 1 tasks are not healthy'],
    ],
  ])('of %s', (_, state, differences) => {
    expect(differencesFromTruth(state, two)).toEqual(differences);
  });
});

describe('assertTruth', () => {
  it('waits for the last health checks', async () => {
    const flow = memoryFlow();
    const states = [observed(1, task('2.0.0', false)), observed(1, task('2.0.0', false)), observed(1, task('2.0.0'))];
    flow.target.observe = async () => states.shift();
    expect(await assertTruth(flow, 'staging', two, flow.signal)).toEqual(observed(1, task('2.0.0')));
  });

  it('gives up after 20 s, with the evidence of the platform', async () => {
    const flow = memoryFlow();
    const startedAt = flow.clock.now();
    flow.target.observe = async () => observed(2, task('1.0.0'), task('1.0.0'));
    expect(await rejection(assertTruth(flow, 'staging', two, flow.signal))).toMatchObject({
      code: 'NOT_RUNNING_AS_ASKED',
      message: 'staging does not run 2.0.0 as requested: api: 2 of 2 tasks run 312e302e3000, not 322e302e3000.',
      rule: 'Every task runs the requested digest and is healthy, and the desired number of tasks runs.',
      remedy: '`npm run stack -- logs staging` shows the logs of the tasks.',
      details: 'last lines of staging',
    });
    expect(flow.clock.now() - startedAt).toBe(20_000);
  });
});

describe('describeRunning', () => {
  const entries = [entry('1.0.0', { release: one }), entry('2.0.0', { release: two })];
  it.each([
    [undefined, 'nothing'],
    [observed(2), 'nothing'],
    [observed(2, task('1.0.0'), task('1.0.0')), 'api 2 × 1.0.0'],
    [observed(2, task('1.0.0'), task('2.0.0')), 'api 1 × 1.0.0 and 1 × 2.0.0'],
    [observed(1, task('3.0.0')), 'api 1 × an unrecorded image 332e302e3000'],
  ])('says what runs (%#)', (state, words) => {
    expect(describeRunning(state, entries)).toBe(words);
  });
});
