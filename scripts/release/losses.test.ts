import { describe, expect, it } from 'vitest';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const one = release('1.0.0');
const two = release('2.0.0');
const loss = '± database › aws:rds/instance:Instance database';

async function platformWithLoss(environment: string): Promise<MemoryPlatform> {
  const platform = new MemoryPlatform(one);
  await releaseToProd(platform, one);
  await releaseToProd(platform, two);
  platform.source = release('3.0.0');
  platform.environment(environment).losses.push(loss);
  return platform;
}

const running = (platform: MemoryPlatform, environment: string) =>
  platform.environment(environment).tasks.map(({ release }) => release.version);

describe('a plan after which data would be gone', () => {
  it('is refused by up, with what would be lost, and nothing is changed', async () => {
    const platform = await platformWithLoss('staging');
    const entries = platform.environment('staging').entries.length;
    expect(await rejection(up(memoryFlow(platform), 'staging'))).toMatchObject({
      code: 'DATA_WOULD_BE_LOST',
      details: loss,
      remedy: expect.stringContaining('up staging --accept-loss'),
    });
    expect(running(platform, 'staging')).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('staging').entries).toHaveLength(entries);
  });

  it('is carried out by up when the loss is accepted', async () => {
    const platform = await platformWithLoss('staging');
    await up(memoryFlow(platform), 'staging', { acceptLoss: true });
    expect(running(platform, 'staging')).toEqual(['3.0.0', '3.0.0']);
  });

  it('is refused by rollback and promote, whatever was approved', async () => {
    const platform = await platformWithLoss('prod');
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toMatchObject({
      code: 'DATA_WOULD_BE_LOST',
    });
    await up(memoryFlow(platform), 'staging');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'DATA_WOULD_BE_LOST',
    });
    expect(running(platform, 'prod')).toEqual(['2.0.0', '2.0.0']);
  });
});
