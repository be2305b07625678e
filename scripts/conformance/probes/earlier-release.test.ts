import { expect, it } from 'vitest';
import type { Release } from '../../../infra/release/release.ts';
import type { LedgerEntry } from '../../release/ledger.ts';
import { earlierRelease } from './earlier-release.ts';

const release = (version: string): Release => ({
  version,
  image: version,
  digest: version,
  commit: 'unknown',
  migrations: [],
});
const entry = (version: string, outcome: LedgerEntry['outcome'] = 'good'): LedgerEntry => ({
  ...{ attempt: version, environment: 'staging', action: 'up', outcome, release: release(version), settingsHash: '' },
  ...{ programCommit: '', revision: '', by: 'test', at: '2026-01-02T03:04:05Z', seconds: 1 },
});

it('is the last good one that is not what is tested', () => {
  const history = [entry('1'), entry('2'), entry('3', 'failed')];
  expect(earlierRelease(history, release('4'))?.version).toBe('2');
  expect(earlierRelease(history, release('2'))?.version).toBe('1');
  expect(earlierRelease([], release('1'))).toBeUndefined();
});
