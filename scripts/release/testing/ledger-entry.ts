import type { LedgerEntry } from '../ledger.ts';
import { release } from './memory-flow.ts';

let attempts = 0;

/** A ledger entry of the given release, good unless said otherwise, each one an attempt of its own. */
export function entry(version: string, facts: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    attempt: `entry-${++attempts}`,
    environment: 'staging',
    action: 'up',
    outcome: 'good',
    release: release(version),
    settingsHash: 'settings',
    programCommit: 'program',
    revision: 'revision-1',
    by: 'ada@desk',
    at: '2026-11-21T08:00:00.000Z',
    seconds: 12,
    ...facts,
  };
}
