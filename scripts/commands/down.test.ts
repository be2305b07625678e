import { describe, expect, it } from 'vitest';
import { resultOf } from './down.ts';

const result = (environment: string, changed = true) => ({ environment, changed, seconds: 2 });

describe('what down says', () => {
  it('names what is left, and how to remove that too', () => {
    const { json, summary } = resultOf({ target: 'local' }, 'staging', [result('staging')], ['prod']);

    expect(json).toEqual({ environment: 'staging', target: 'local', changed: true, left: ['prod'], seconds: 2 });
    expect(summary).toMatchObject({
      did: 'Removed staging from target local',
      lines: ['Still on this machine: prod'],
      next: [{ command: 'npm run stack -- down --all' }, { command: 'npm run stack -- up staging' }],
    });
  });

  it('says nothing of the rest where nothing is left', () => {
    const { summary } = resultOf({ target: 'local' }, 'staging', [result('staging')], []);

    expect(summary.lines).toEqual([]);
    expect(summary.next).toHaveLength(1);
  });

  it('names all that --all removed', () => {
    const all = resultOf({ target: 'local', all: true }, 'staging', [result('prod'), result('staging')], []);

    expect(all.summary.did).toBe('Removed prod and staging from target local');
    expect(all.json).toMatchObject({ environments: ['prod', 'staging'], seconds: 4 });
  });

  it('is no success where nothing was there', () => {
    const none = resultOf({ target: 'local', all: true }, 'staging', [], []);

    expect(none.summary).toMatchObject({ did: 'Nothing of any environment was there to remove', ending: 'nothing' });
  });
});
