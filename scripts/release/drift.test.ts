import { expect, it } from 'vitest';
import { Refusal } from '../messages/user-error.ts';
import { findDrift } from './drift.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

it('findDrift finds nothing where all is as the last update left it', async () => {
  const flow = memoryFlow();
  await up(flow, 'staging');
  expect(await findDrift(flow, 'staging')).toEqual({ environment: 'staging', drift: [], seconds: 0 });
});

it('findDrift finds another release and resources changed by hand', async () => {
  const flow = memoryFlow();
  await up(flow, 'staging');
  flow.platform.drifted.push('security group api: rule added');
  flow.platform.want('staging', release('6.6.6'));
  flow.platform.settle('staging');
  expect((await findDrift(flow, 'staging')).drift).toEqual([
    'the ledger says 1.0.0, but api: 2 of 2 tasks run 362e362e3600, not 312e302e3000',
    'security group api: rule added',
  ]);
});

it('findDrift says nothing about an environment on which nothing ever ran', async () => {
  expect(await rejection(findDrift(memoryFlow(), 'staging'))).toMatchObject({
    code: 'NOTHING_RUNS',
    message: 'Nothing runs on staging, so there is nothing to compare.',
    remedy: '`npm run stack -- up staging` deploys a release.',
  });
});

it('findDrift has nothing to compare with where every up failed', async () => {
  const flow = memoryFlow();
  flow.platform.faults.unbuildable.push('1.0.0');
  await rejection(up(flow, 'staging'));
  expect(await rejection(findDrift(memoryFlow(flow.platform), 'staging'))).toBeInstanceOf(Refusal);
});

it('findDrift finds an environment that somebody removed by hand', async () => {
  const flow = memoryFlow();
  await up(flow, 'staging');
  Object.assign(flow.platform.environment('staging'), { exists: false, tasks: [] });
  expect((await findDrift(flow, 'staging')).drift).toEqual([
    'the ledger says 1.0.0, but nothing of the environment exists',
  ]);
});
