import { expect, it } from 'vitest';
import { shortCommit } from '../messages/commit.ts';
import { plain } from '../output/paint.ts';
import type { HistoryRow, OperationRow } from '../release/history.ts';
import { renderHistory } from './history.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const row = (facts: Partial<HistoryRow>): HistoryRow => ({
  version: '0.1.0-aaaaaaaaaaaa',
  at: '2026-11-21T08:00:00.000Z',
  by: 'ada@desk',
  commit: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567-dirty',
  action: 'up',
  outcome: 'good',
  seconds: 41.2,
  digest: `sha256:${'ab'.repeat(32)}`,
  running: false,
  ...facts,
});

it('renderHistory marks what runs now and puts the reason below what failed', () => {
  const rows = [
    row({
      outcome: 'failed',
      reason: 'It never got ready. 0.1.0-aaaaaaaaaaaa keeps serving.',
      digest: '',
      version: '0.2.0-bbbbbbbbbbbb',
      at: '2026-11-21T09:30:00.000Z',
    }),
    row({ running: true }),
    row({ outcome: 'started', seconds: 0, at: '2026-11-20T08:00:00.000Z' }),
  ];
  expect(renderHistory({ environment: 'staging', rows }, plain, now).split('\n')).toEqual([
    '   VERSION             WHEN                               BY        COMMIT              ACTION  OUTCOME     TOOK    DIGEST',
    '   0.2.0-bbbbbbbbbbbb  30 min ago (2026-11-21T09:30:00Z)  ada@desk  0a1b2c3d4e5f-dirty  up      failed      41.2 s  –',
    '   It never got ready. 0.1.0-aaaaaaaaaaaa keeps serving.',
    '●  0.1.0-aaaaaaaaaaaa  2 h ago (2026-11-21T08:00:00Z)     ada@desk  0a1b2c3d4e5f-dirty  up      good        41.2 s  abababababab',
    '   0.1.0-aaaaaaaaaaaa  1 d ago (2026-11-20T08:00:00Z)     ada@desk  0a1b2c3d4e5f-dirty  up      unfinished  –       abababababab',
  ]);
});

it('renderHistory has what changed beside releases in its place in time, without commit and image', () => {
  const at = (time: string) => ({ at: `2026-11-21T${time}:00.000Z`, by: 'ada@desk' });
  const operations: readonly OperationRow[] = [
    { action: 'maintenance off', what: '', outcome: 'done', seconds: 0, ...at('09:40') },
    {
      action: 'scale',
      what: 'api from 2 to 4 tasks',
      outcome: 'failed',
      seconds: 41.2,
      reason: 'Two died.',
      ...at('09:10'),
    },
    { action: 'restart', what: 'api', version: '0.1.0-a', outcome: 'started', seconds: 0, ...at('07:00') },
  ];
  const shown = { environment: 'staging', rows: [row({})], operations };
  expect(renderHistory(shown, plain, now).split('\n')).toEqual([
    '   VERSION             WHEN                               BY        COMMIT              ACTION           OUTCOME     TOOK    DIGEST',
    '   –                   20 min ago (2026-11-21T09:40:00Z)  ada@desk  –                   maintenance off  done        –       –',
    '   –                   50 min ago (2026-11-21T09:10:00Z)  ada@desk  –                   scale            failed      41.2 s  –',
    '   api from 2 to 4 tasks',
    '   Two died.',
    '   0.1.0-aaaaaaaaaaaa  2 h ago (2026-11-21T08:00:00Z)     ada@desk  0a1b2c3d4e5f-dirty  up               good        41.2 s  abababababab',
    '   0.1.0-a             3 h ago (2026-11-21T07:00:00Z)     ada@desk  –                   restart          unfinished  –       –',
    '   api',
  ]);
  expect(renderHistory(shown, plain, now, 80).split('\n').slice(0, 2)).toEqual([
    '   maintenance off done',
    '   20 min ago (2026-11-21T09:40:00Z) by ada@desk',
  ]);
});

it('renderHistory breaks nothing in mid-word on a terminal of 80 columns', () => {
  const rows = [
    row({
      running: true,
      accepted: { dirty: 'the fix for the outage could not wait for a review by somebody who is awake' },
    }),
    row({ version: '0.2.0-bbbbbbbbbbbb', held: true, by: 'ada.lovelace@a-machine-with-a-long-name' }),
    row({
      outcome: 'failed',
      reason: 'It never got ready: /ready answered 503 for 60 s, with postgres down. 0.1.0-aaaaaaaaaaaa keeps serving.',
      digest: '',
    }),
  ];
  const text = renderHistory({ environment: 'staging', rows }, plain, now, 80);
  expect(text.split('\n')).toEqual([
    '●  0.1.0-aaaaaaaaaaaa  up good, took 41.2 s',
    '   2 h ago (2026-11-21T08:00:00Z) by ada@desk',
    '   commit 0a1b2c3d4e5f-dirty, abababababab',
    '   accepted uncommitted changes: the fix for the outage could not wait for a',
    '   review by somebody who is awake',
    '',
    '   0.2.0-bbbbbbbbbbbb  up good, on hold, took 41.2 s',
    '   2 h ago (2026-11-21T08:00:00Z) by ada.lovelace@a-machine-with-a-long-name',
    '   commit 0a1b2c3d4e5f-dirty, abababababab',
    '',
    '   0.1.0-aaaaaaaaaaaa  up failed, took 41.2 s',
    '   2 h ago (2026-11-21T08:00:00Z) by ada@desk',
    '   commit 0a1b2c3d4e5f-dirty',
    '   It never got ready: /ready answered 503 for 60 s, with postgres down.',
    '   0.1.0-aaaaaaaaaaaa keeps serving.',
  ]);
});

it('renderHistory keeps the table where it fits, or where no terminal has a width', () => {
  const rows = [row({})];
  const table = renderHistory({ environment: 'staging', rows }, plain, now);
  expect(table.split('\n')).toHaveLength(2);
  expect(renderHistory({ environment: 'staging', rows }, plain, now, 200)).toBe(table);
});

it('shortCommit keeps what tells commits apart', () => {
  expect(shortCommit('0a1b2c3d4e5f60718293a4b5c6d7e8f901234567')).toBe('0a1b2c3d4e5f');
  expect(shortCommit('unknown')).toBe('unknown');
});
