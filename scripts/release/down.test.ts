import { expect, it } from 'vitest';
import { down } from './down.ts';
import { existing } from './existing.ts';
import { contract, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

it('down removes what up created, and says when there is nothing left', async () => {
  const flow = memoryFlow();
  await up(flow, 'staging');
  expect(await down(flow, 'staging', { yes: false })).toEqual({ environment: 'staging', changed: true, seconds: 0 });
  expect(await flow.target.observe('staging')).toBeUndefined();
  expect(flow.prompt.asked).toEqual([]);
  expect(await down(flow, 'staging', { yes: false })).toMatchObject({ changed: false });
});

it('down removes what a failed first up left', async () => {
  const flow = memoryFlow(new MemoryPlatform(release('1.0.0', contract('0-create'))));
  flow.platform.faults.throwing.push('0-create');
  await rejection(up(flow, 'staging'));
  expect(await existing(flow.target, ['prod', 'staging'])).toEqual(['staging']);
  expect(await down(flow, 'staging', { yes: false })).toMatchObject({ changed: true });
  expect(await existing(flow.target, ['prod', 'staging'])).toEqual([]);
});

it('down on AWS is approved first, for data is lost', async () => {
  const flow = memoryFlow();
  await up(flow, 'staging');
  flow.target.kind = 'aws';
  flow.prompt.approves = false;
  expect((await rejection(down(flow, 'staging', { yes: false }))).code).toBe('DECLINED');
  expect(flow.prompt.asked).toEqual(['Destroy staging on AWS with all its data?']);
  expect(await flow.target.observe('staging')).toBeDefined();
  expect(await down(flow, 'staging', { yes: true })).toMatchObject({ changed: true });
});

it('down waits for nobody: it says who changes the environment', async () => {
  const flow = memoryFlow();
  flow.platform.environment('staging').lockedBy = 'up by eve';
  expect((await rejection(down(flow, 'staging', { yes: false }))).message).toBe('staging is being changed: up by eve.');
});
