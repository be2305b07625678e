import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { history } from './history.ts';
import { promote } from './promote.ts';
import { foreseeRollback, sayForeseen, sayOutlook } from './rollback-outlook.ts';
import { contract, expand, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const create = expand('0-create');
const one = release('1.0.0', create);
const dropping = release('2.0.0', create, contract('1-drop'));
const unknown = release('2.0.0', create, { name: '1-what', kind: 'unknown' });

let platform: MemoryPlatform;

beforeEach(async () => {
  platform = new MemoryPlatform(one);
  await up(memoryFlow(platform), 'staging');
});

function upTo(next: typeof one, oneWay?: string) {
  platform.source = next;
  return up(memoryFlow(platform), 'staging', { acceptLoss: [], ...(oneWay === undefined ? {} : { oneWay }) });
}

const running = () => platform.environment('staging').tasks.map(({ release }) => release.version);
const accepted = () => platform.environment('staging').entries.at(-1)?.accepted;

describe('before a release', () => {
  it('up says to what, and how soon, before it changes anything', async () => {
    const flow = memoryFlow(platform);
    platform.source = release('2.0.0', create, expand('1-add'));
    const result = await up(flow, 'staging');
    expect(result.rollback).toEqual({ value: { to: '1.0.0', time: { seconds: 12, atMost: true } } });
    const said = flow.progress.lines.indexOf('  rollback afterwards: to 1.0.0, within 12.0 s');
    expect(said).toBeGreaterThan(-1);
    expect(said).toBeLessThan(flow.progress.lines.indexOf('build'));
  });

  it.each([
    ['a contract migration', () => dropping, '1.0.0: the contract migration 1-drop has run since.'],
    ['that the image of what runs is gone', () => imageGone(), 'The image of 1.0.0 is gone'],
  ])('%s refuses it, and changes nothing, unless somebody says why', async (_, next, why) => {
    const another = next();
    const entries = platform.environment('staging').entries.length;
    const error = await rejection(upTo(another));
    expect(error).toMatchObject({
      code: 'ONE_WAY',
      message: expect.stringContaining(why),
      remedy: expect.stringContaining('--one-way "<reason>"'),
    });
    expect(running()).toEqual(['1.0.0', '1.0.0']);
    expect(platform.environment('staging').entries).toHaveLength(entries);

    await upTo(another, 'nobody reads the column');
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(accepted()).toEqual({ oneWay: 'nobody reads the column' });
    const [row] = (await history(memoryFlow(platform).target, 'staging')).rows;
    expect(row?.accepted).toEqual({ oneWay: 'nobody reads the column' });
  });

  function imageGone() {
    platform.images.delete(one.digest);
    return release('2.0.0', create);
  }

  it('is asked again for a second attempt, because the schema has the migration already', async () => {
    platform.faults.neverReady.push('2.0.0');
    await rejection(upTo(dropping, 'tested'));
    platform.faults.neverReady.length = 0;
    expect(await rejection(upTo(dropping))).toMatchObject({ code: 'ONE_WAY' });
  });

  it('what cannot be known is called unknown, and neither safe nor refused', async () => {
    const flow = memoryFlow(platform);
    platform.source = unknown;
    const { rollback } = await up(flow, 'staging');
    expect(rollback).toMatchObject({ unknown: expect.stringContaining('1-what may have changed the schema') });
    expect(flow.progress.lines.join('\n')).toMatch(/rollback afterwards: unknown: .*1-what/);
  });

  it('an image that nobody may ask for is unknown, too', async () => {
    platform.beforeStep = async (name) => {
      if (name === 'find image') throw new UserError({ code: 'AWS_PERMISSION', message: 'A permission is missing.' });
    };
    const { rollback } = await upTo(release('2.0.0', create));
    expect(rollback).toEqual({ unknown: 'A permission is missing.' });
  });
});

describe('--one-way', () => {
  it('is refused where it is not needed, so that it is no habit', async () => {
    expect(await rejection(upTo(release('2.0.0', create), 'to be sure'))).toMatchObject({
      code: 'NOT_ONE_WAY',
      message: 'After 2.0.0, staging can be rolled back.',
    });
  });

  it('is not needed for a first release, nor where what runs stays the same release', async () => {
    platform = new MemoryPlatform(release('1.0.0', contract('0-drop')));
    await up(memoryFlow(platform), 'staging');
    platform.environment('staging').desired = 3;
    expect(await up(memoryFlow(platform), 'staging')).toMatchObject({ changed: true });
    expect(await up(memoryFlow(platform), 'staging')).not.toHaveProperty('rollback');
  });

  it('is not needed after a release that was never verified: there is nothing to lose', async () => {
    platform = new MemoryPlatform(one);
    platform.faults.failingWrites.push('1.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    await upTo(dropping);
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(await rejection(upTo(release('3.0.0', ...dropping.migrations, contract('2-drop'))))).toMatchObject({
      code: 'ONE_WAY',
    });
  });

  it('is needed by promote, beside the contract migration that is accepted by name', async () => {
    await promote(memoryFlow(platform), promoteOptions);
    await upTo(dropping, 'tested');
    const contractAccepted = { ...promoteOptions, acceptContract: ['1-drop'] };
    expect(await rejection(promote(memoryFlow(platform), contractAccepted))).toMatchObject({ code: 'ONE_WAY' });
    await promote(memoryFlow(platform), { ...contractAccepted, oneWay: 'nobody reads it' });
    expect(platform.environment('prod').entries.at(-1)?.accepted).toEqual({ oneWay: 'nobody reads it' });
  });
});

describe('foreseeRollback', () => {
  it('answers for a work tree that is not built yet', async () => {
    const { target } = memoryFlow(platform);
    const foreseen = await foreseeRollback(target, 'staging', { ...dropping, image: '', digest: '' });
    expect(foreseen && sayForeseen(foreseen)).toBe(
      'rollback afterwards: none. staging cannot be rolled back to 1.0.0: the contract migration 1-drop has run since.',
    );
  });

  it('answers for now where the same version runs, and for nothing where nothing ever ran', async () => {
    const { target } = memoryFlow(platform);
    const foreseen = await foreseeRollback(target, 'staging', { ...one, digest: '' });
    expect(foreseen).toMatchObject({ outlook: { value: { code: 'NO_EARLIER_RELEASE' } } });
    expect(foreseen).not.toHaveProperty('after');
    expect(await foreseeRollback(target, 'prod', one)).toBeUndefined();
  });
});

it('sayOutlook tells a limit from an expectation', () => {
  expect(sayOutlook({ value: { to: '1.0.0', time: { seconds: 64, atMost: true } } })).toBe(
    'to 1.0.0, within 1 min 4 s',
  );
  expect(sayOutlook({ value: { to: '1.0.0' } })).toBe('to 1.0.0');
});
