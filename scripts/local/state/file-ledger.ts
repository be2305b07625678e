import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

import { UserError } from '../../messages/user-error.ts';
import type { Ledger, LedgerEntry } from '../../release/ledger.ts';
import { readIfExists, syncDirectory } from './files.ts';

/**
 * A ledger in a file, one JSON object per line. It is only ever appended to, and each line is on the disk before `append`
 * resolves. A crash in the middle of a write leaves an unfinished last line: readers ignore it, the next append removes it.
 */
export function createFileLedger(path: string): Ledger {
  return {
    async list() {
      return parse(path, (await readIfExists(path)) ?? '').entries;
    },
    async append(entry) {
      await mkdir(dirname(path), { recursive: true });
      const { length } = parse(path, (await readIfExists(path)) ?? '');
      const file = await open(path, 'a+', 0o600);
      try {
        await file.truncate(length);
        await file.appendFile(`${JSON.stringify(entry)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await syncDirectory(dirname(path));
    },
  };
}

/** `length`: how many bytes of the text are whole lines. */
function parse(path: string, text: string): { entries: LedgerEntry[]; length: number } {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').slice(0, -1);
  return { entries: lines.map((line, index) => parseLine(path, line, index + 1)), length: Buffer.byteLength(whole) };
}

function parseLine(path: string, line: string, number: number): LedgerEntry {
  try {
    const entry: unknown = JSON.parse(line);
    if (isEntry(entry)) return entry;
  } catch {
    // Reported below, like JSON that is not an entry.
  }
  throw new UserError({
    code: 'LEDGER_DAMAGED',
    message: `Line ${number} of ${path} is not a ledger entry.`,
    rule: 'The ledger is written by this program only, one JSON object per line.',
    remedy: 'Remove that line; the history loses one entry.',
  });
}

function isEntry(value: unknown): value is LedgerEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'attempt' in value &&
    typeof value.attempt === 'string' &&
    'outcome' in value &&
    typeof value.outcome === 'string' &&
    'release' in value &&
    typeof value.release === 'object'
  );
}
