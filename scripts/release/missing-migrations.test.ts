import { beforeEach, describe, expect, it } from 'vitest';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { expand, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const one = release('1.0.0', expand('20261121T0900-create'), expand('20261121T1000-fill'));
const without = release('2.0.0');

describe('a release without migrations where some have run', () => {
  let platform: MemoryPlatform;
  beforeEach(async () => {
    platform = new MemoryPlatform(one);
    await releaseToProd(platform, one);
    platform.source = without;
  });
  const versions = (environment: string) =>
    platform.environment(environment).tasks.map(({ release: { version } }) => version);

  it('is refused by up, with where they are read from', async () => {
    expect(await rejection(up(memoryFlow(platform), 'staging'))).toMatchObject({
      code: 'MIGRATIONS_MISSING',
      message: '2.0.0 has no migrations, but 2 ran on staging, the last one 20261121T1000-fill.',
      remedy:
        'Check the setting appDirectory and the folder of migrations in the app’s manifest. If the app really has none any more: `npm run stack -- up staging --accept-loss migrations`.',
    });
    expect(versions('staging')).toEqual(['1.0.0', '1.0.0']);
  });

  it('is deployed and promoted where that is accepted by name, which the ledger keeps', async () => {
    await up(memoryFlow(platform), 'staging', { acceptLoss: ['migrations'] });
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toMatchObject({
      code: 'MIGRATIONS_MISSING',
      remedy: expect.stringContaining('promote prod --from staging --accept-loss migrations'),
    });
    await promote(memoryFlow(platform), { ...promoteOptions, acceptLoss: ['migrations'] });
    expect(versions('prod')).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('prod').entries.at(-1)?.accepted).toMatchObject({ losses: ['migrations'] });
  });

  it('is nothing to accept where the release has some', async () => {
    platform.source = release('3.0.0', ...one.migrations);
    expect(await rejection(up(memoryFlow(platform), 'staging', { acceptLoss: ['migrations'] }))).toMatchObject({
      code: 'LOSS_NOT_PLANNED',
    });
  });

  it('can be rolled back to: it was there before them', async () => {
    platform = new MemoryPlatform(without);
    await up(memoryFlow(platform), 'staging');
    platform.source = release('3.0.0', ...one.migrations);
    await up(memoryFlow(platform), 'staging');
    await rollback(memoryFlow(platform), 'staging', rollbackOptions);
    expect(versions('staging')).toEqual(['2.0.0', '2.0.0']);
  });
});
