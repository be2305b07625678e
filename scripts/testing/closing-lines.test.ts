import { expect, it } from 'vitest';
import { closingLines, together } from './closing-lines.ts';

const none = { passed: 0, failed: 0, skipped: 0, reasons: {}, retried: [] };

it('several runs close with one line, and with each reason once', () => {
  const unit = { ...none, passed: 10, skipped: 2, reasons: { 'no CLI': 2 } };
  const docker = { passed: 5, failed: 1, skipped: 1, reasons: { 'no CLI': 1 }, retried: ['a.test.ts: works'] };
  expect(closingLines(together([unit, docker]))).toEqual([
    'skipped (3): no CLI',
    'passed only at the second attempt: a.test.ts: works',
    '15 passed, 1 failed, 3 skipped',
  ]);
});

it('no run at all has passed nothing', () => {
  expect(closingLines(together([]))).toEqual(['0 passed, 0 failed, 0 skipped']);
});
