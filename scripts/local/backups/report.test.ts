import { describe, expect, it } from 'vitest';
import { chooseBase, parseList, reportOf } from './report.ts';

/** After a restore at noon: the first database served until then, and is kept. */
const lines = [
  'current 20261224T120000Z 65536',
  'base 20261223T120000Z 20261223T120000Z 2026-12-23T12:00:00Z 40960',
  'base 20261223T120000Z 20261224T090000Z 2026-12-24T09:00:00Z 40960',
  'wal 20261223T120000Z 000000010000000000000004 2026-12-24T11:59:10Z 1024',
  'base 20261224T120000Z 20261224T120000Z 2026-12-24T12:00:00Z 40960',
  'wal 20261224T120000Z none  4',
  'kept 17-before-20261224T120000Z 20261223T120000Z 65536',
];
const now = '2026-12-24T15:00:00Z';

describe('what is kept on the volume', () => {
  it('gives each database its own times, up to its end, or to now', () => {
    expect(reportOf(parseList(lines, '17'), '17', now)).toMatchObject({
      times: [
        { from: '2026-12-23T12:00:00Z', to: '2026-12-24T12:00:00Z' },
        { from: '2026-12-24T12:00:00Z', to: now },
      ],
      snapshots: [{ at: '2026-12-23T12:00:00Z' }, { at: '2026-12-24T09:00:00Z', sizeMiB: 40 }, {}],
      kept: [{ id: '17-before-20261224T120000Z', what: 'replaced', sizeMiB: 64 }],
    });
  });

  it('reaches without its data folder only what was archived', () => {
    const kept = parseList(
      lines.filter((line) => !line.startsWith('kept')),
      '17',
    );
    expect(reportOf(kept, '17', now).times[0]?.to).toBe('2026-12-24T11:59:10Z');
  });

  it.each([
    ['2026-12-24T12:00:01Z', '20261224T120000Z', '20261224T120000Z', '17'],
    ['2026-12-24T11:00:00Z', '20261223T120000Z', '20261224T090000Z', '17-before-20261224T120000Z'],
    ['2026-12-24T08:59:59Z', '20261223T120000Z', '20261223T120000Z', '17-before-20261224T120000Z'],
  ])('restores %s from the database that served then, and from its last base before', (at, lineage, base, folder) => {
    expect(chooseBase(parseList(lines, '17'), at)).toMatchObject({
      lineage: { id: lineage, folder },
      base: { id: base },
    });
  });

  it('has nothing for a time before the first base', () => {
    expect(chooseBase(parseList(lines, '17'), '2026-12-23T11:59:59Z')).toBeUndefined();
  });
});
