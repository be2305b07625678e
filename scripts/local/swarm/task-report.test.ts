import { expect, it } from 'vitest';
import { exampleTask } from '../testing/example-swarm.ts';
import type { ContainerState } from './swarm.ts';
import { reasonOf, renderReport } from './task-report.ts';

const container: ContainerState = {
  id: 'container1',
  imageId: 'sha256:aaaa',
  running: false,
  exitCode: 1,
  outOfMemory: false,
  health: 'unhealthy',
  failedChecks: 0,
  checkPassed: true,
  lastCheck: '/ready 503',
};
const failed = exampleTask({ state: 'failed', exitCode: 1, error: 'task: non-zero exit (1)' });

it.each([
  [
    'a check that never passed',
    exampleTask({ state: 'complete', exitCode: 0 }),
    { ...container, failedChecks: 20 },
    /did not pass in time \(last check: \/ready 503\)/,
  ],
  [
    'a task that was stopped before a check of it passed, though it ended well',
    exampleTask({ state: 'complete', exitCode: 0 }),
    { ...container, checkPassed: false },
    /did not pass in time \(last check: \/ready 503\)/,
  ],
  [
    'a check that has not passed yet',
    exampleTask({ state: 'starting' }),
    container,
    /not passed yet \(last check: \/ready 503\)/,
  ],
  ['a crash', failed, container, /^it ended with exit code 1$/],
  ['a crash before its check had passed', failed, { ...container, failedChecks: 2 }, /^it ended with exit code 1$/],
  ['the memory limit', { ...failed, exitCode: 137 }, { ...container, outOfMemory: true }, /memory limit/],
  ['a kill', { ...failed, exitCode: 137 }, container, /killed \(exit code 137/],
  ['an end without an error', exampleTask({ state: 'complete', exitCode: 0 }), container, /exited by itself/],
  [
    'an image that is gone',
    exampleTask({ state: 'rejected', error: 'No such image: sha256:aaaa' }),
    undefined,
    /No such image/,
  ],
])('names %s', (_, task, state, reason) => {
  expect(reasonOf(task, state)).toMatch(reason);
});

it('shows the service, the release, the reason and the last log lines', () => {
  expect(renderReport({ task: failed, reason: 'it ended with exit code 1', log: 'one\ntwo' })).toBe(
    'api, task task1 of 1.0.0-a: it ended with exit code 1\n  | one\n  | two',
  );
});
