import { expect, it } from 'vitest';
import { findDrift } from './drift.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
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
