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
const loss = { name: 'database', change: '± database › rds/Instance database' };

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
      message: 'staging would lose the data of database. Nothing was changed.',
      details: 'database: ± database › rds/Instance database',
      remedy:
        'Revert the change of settings, or move the data first and run `npm run stack -- up staging --accept-loss database`.',
    });
    expect(running(platform, 'staging')).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('staging').entries).toHaveLength(entries);
  });

  it('is carried out by up when each loss is accepted by its name, and the ledger says so', async () => {
    const platform = await platformWithLoss('staging');
    await up(memoryFlow(platform), 'staging', { acceptLoss: ['database'] });
    expect(running(platform, 'staging')).toEqual(['3.0.0', '3.0.0']);
    expect(platform.environment('staging').entries.at(-1)?.accepted).toEqual({ losses: ['database'] });
  });

  it('is refused while one of its losses is not named: accepting a bucket does not waive the database', async () => {
    const platform = await platformWithLoss('staging');
    platform.environment('staging').losses.push({ name: 'edge-logs', change: '- edge › s3/Bucket edge-logs' });
    expect(await rejection(up(memoryFlow(platform), 'staging', { acceptLoss: ['edge-logs'] }))).toMatchObject({
      code: 'DATA_WOULD_BE_LOST',
      message: 'staging would lose the data of database. Nothing was changed.',
      remedy: expect.stringContaining('--accept-loss database --accept-loss edge-logs'),
    });
    expect(running(platform, 'staging')).toEqual(['2.0.0', '2.0.0']);
  });

  it('is refused where a name is accepted that it does not lose', async () => {
    const platform = await platformWithLoss('staging');
    const accepting = (...acceptLoss: string[]) => rejection(up(memoryFlow(platform), 'staging', { acceptLoss }));
    expect(await accepting('database', 'edge-logs')).toMatchObject({
      code: 'LOSS_NOT_PLANNED',
      message: 'staging would not lose edge-logs. Nothing was changed.',
      remedy: 'It would lose: database.',
    });
    platform.environment('staging').losses.length = 0;
    expect(await accepting('database')).toMatchObject({ remedy: 'Omit --accept-loss.' });
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
