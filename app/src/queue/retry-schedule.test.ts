import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inWords, ownRetries, retryDelaySeconds, totalSeconds, webhookRetries } from './retry-schedule.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

describe('a schedule of retries', () => {
  const runbook = 'docs/runbooks/jobs-wait-or-are-given-up.md';
  it.each([
    ['own', ownRetries, '17 min 3 s', 'docs/adr/0018-jobs-live-in-postgres.md'],
    // The table of Standard Webhooks ends with 75:35:05.
    ['for webhooks', webhookRetries, '75 h 35 min 5 s', 'docs/adr/0026-webhooks-by-the-rules-of-the-big-senders.md'],
  ])('%s takes as long as the documents say', (_name, schedule, total, decision) => {
    expect(inWords(totalSeconds(schedule))).toBe(total);
    const attempts = schedule.length + 1;
    const claims = [
      [decision, `${attempts} attempts over ${total}`],
      [runbook, `${attempts} attempts over ${total}`],
      ['app/README.md', `tried ${attempts} times over ${total}`],
    ] as const;
    expect(claims.filter(([file, claim]) => !textOf(file).includes(claim))).toEqual([]);
  });

  it.each([
    [0, 0, 5],
    [0, 1, 5.5],
    [8, 0.5, 90_720],
    [9, 0, undefined],
  ])('waits after attempt %i, at luck %f, for %s s', (attempt, random, seconds) => {
    expect(retryDelaySeconds(webhookRetries, attempt, random)).toBe(seconds);
  });

  it('grows', () => {
    for (const schedule of [ownRetries, webhookRetries]) {
      expect(schedule.toSorted((one, other) => one - other)).toEqual(schedule);
    }
  });
});
