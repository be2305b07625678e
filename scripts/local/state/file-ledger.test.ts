import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';

import type { LedgerEntry, OperationEntry } from '../../release/ledger.ts';
import { rejection } from '../../release/testing/rejection.ts';
import { createFileLedger } from './file-ledger.ts';

const entry = (attempt: string): LedgerEntry => ({
  attempt,
  environment: 'staging',
  action: 'up',
  outcome: 'good',
  release: { version: '1.0.0-ä', image: '', digest: '', commit: 'unknown', migrations: [] },
  settingsHash: '',
  programCommit: '',
  revision: '',
  by: 'someone',
  at: '2026-11-21T12:00:00Z',
  seconds: 1,
});

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'deeper', 'ledger.jsonl');
});

it('is empty before the first entry', async () => {
  expect(await createFileLedger(path).list()).toEqual([]);
});

it('gives back what was appended, oldest first, to another reader too', async () => {
  await createFileLedger(path).append(entry('1'));
  await createFileLedger(path).append(entry('2'));
  expect(await createFileLedger(path).list()).toEqual([entry('1'), entry('2')]);
});

it('ignores a line that a crash cut off, and appends after the last whole one', async () => {
  const ledger = createFileLedger(path);
  await ledger.append(entry('1'));
  const torn = Buffer.from(JSON.stringify(entry('2')));
  appendFileSync(path, torn.subarray(0, torn.indexOf(0xc3) + 1));
  expect(await ledger.list()).toEqual([entry('1')]);
  await ledger.append(entry('3'));
  expect(await ledger.list()).toEqual([entry('1'), entry('3')]);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
});

it('refuses to guess at a damaged line in the middle, and names it', async () => {
  const ledger = createFileLedger(path);
  await ledger.append(entry('1'));
  appendFileSync(path, '{"attempt":\n');
  await expect(ledger.list()).rejects.toMatchObject({
    code: 'LEDGER_DAMAGED',
    message: expect.stringMatching(/^Line 2 /),
  });
});

it('keeps freezes beside the entries, which an older reader still reads', async () => {
  const frozen = { environment: 'staging', frozen: true, reason: 'holidays', by: 'ada', at: '2026-12-24T00:00:00Z' };
  const ledger = createFileLedger(path);
  expect(await ledger.freezes()).toEqual([]);
  await ledger.append(entry('1'));
  await ledger.appendFreeze(frozen);
  await ledger.appendFreeze({ ...frozen, frozen: false, reason: '' });
  expect((await createFileLedger(path).freezes()).map(({ frozen }) => frozen)).toEqual([true, false]);
  expect(await ledger.list()).toEqual([entry('1')]);
});

it('keeps operations beside the entries, and refuses what is none', async () => {
  const ledger = createFileLedger(path);
  const operation: OperationEntry = {
    ...{ operation: '1', environment: 'staging', action: 'scale', what: 'api from 2 to 4 tasks', outcome: 'done' },
    ...{ by: 'ada', at: '2026-12-24T00:00:00Z', seconds: 3 },
  };
  expect(await ledger.operations()).toEqual([]);
  await ledger.appendOperation(operation);
  expect(await createFileLedger(path).operations()).toEqual([operation]);
  expect(await ledger.list()).toEqual([]);
  appendFileSync(join(dirname(path), 'operations.jsonl'), '{"operation":"2"}\n');
  await expect(ledger.operations()).rejects.toMatchObject({ code: 'LEDGER_DAMAGED' });
});

it('refuses to guess whether an environment is frozen', async () => {
  const ledger = createFileLedger(path);
  await ledger.append(entry('1'));
  appendFileSync(join(dirname(path), 'freezes.jsonl'), '{"frozen":"perhaps"}\n');
  await expect(ledger.freezes()).rejects.toMatchObject({ code: 'LEDGER_DAMAGED' });
});

it('says where it cannot be written to: a file is in the place of its folder', async () => {
  writeFileSync(dirname(path), '');
  expect(await rejection(createFileLedger(path).append(entry('1')))).toMatchObject({
    code: 'PROJECT_NOT_WRITABLE',
    remedy: `Make ${dirname(path)} a folder that this user may write to.`,
  });
});
