import { describe, expect, it } from 'vitest';
import { exampleService, exampleTask } from '../testing/example-swarm.ts';
import { assessRollout, failuresToGiveUp } from './rollout-state.ts';

const expected = {
  name: 'api',
  swarmName: 'example-staging_api',
  revision: 'new',
  rendered: 'rendered',
  replicas: 2,
  patienceSeconds: 75,
};
const running = [exampleTask({ slot: 1 }), exampleTask({ slot: 2 })];
const older = exampleTask({ revision: 'old' });
const update = (state: string) => exampleService({ update: { state, message: '' } });

describe('a rollout', () => {
  it.each([
    ['is settled when all new tasks run and no older one does', exampleService(), running, 'settled'],
    ['is settled after an update', update('completed'), running, 'settled'],
    ['is under way while a task is missing', exampleService(), running.slice(0, 1), 'pending'],
    ['is under way while an older task is meant to run', update('completed'), [...running, older], 'pending'],
    ['is under way while Swarm watches the new tasks', update('updating'), running, 'pending'],
    ['is under way while Swarm goes back', update('rollback_started'), running, 'pending'],
    ['is under way before the service exists', undefined, [], 'pending'],
    ['was given up', update('paused'), running, 'given-up'],
    ['was given up during the rollback', update('rollback_paused'), running, 'given-up'],
  ])('%s', (_, service, tasks, verdict) => {
    expect(assessRollout(expected, service, tasks).verdict).toBe(verdict);
  });

  it('was rolled back when the service has the labels of another one', () => {
    const service = exampleService({ labels: {}, update: { state: 'rollback_completed', message: '' } });
    expect(assessRollout(expected, service, [older]).verdict).toBe('taken-back');
  });

  it('does not wait for older tasks that finish requests in flight', () => {
    const draining = exampleTask({ revision: 'old', desiredState: 'shutdown' });
    expect(assessRollout(expected, exampleService(), [...running, draining]).verdict).toBe('settled');
  });

  it('counts new tasks that ended, whatever their exit code', () => {
    const tasks = ['failed', 'rejected', 'complete'].map((state) => exampleTask({ state, desiredState: 'shutdown' }));
    const { failed, ready } = assessRollout(expected, update('updating'), [...tasks, older]);
    expect({ failed: failed.length, ready }).toEqual({ failed: 3, ready: 0 });
  });

  it('tells tasks on their way from tasks that are ready', () => {
    const { starting, ready } = assessRollout(expected, exampleService(), [
      exampleTask({ state: 'starting' }),
      exampleTask(),
    ]);
    expect({ starting: starting.length, ready }).toEqual({ starting: 1, ready: 1 });
  });
});

describe('a first deployment', () => {
  it.each([
    [1, 3],
    [2, 3],
    [10, 5],
  ])('of %i tasks is given up after %i failures', (replicas, failures) => {
    expect(failuresToGiveUp(replicas)).toBe(failures);
  });
});
