import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MaintenancePage } from '../../messages/maintenance-page.ts';
import { UserError } from '../../messages/user-error.ts';
import type {
  ExpiryEntry,
  FreezeEntry,
  Ledger,
  LedgerEntry,
  MaintenanceEntry,
  OperationEntry,
} from '../../release/ledger.ts';
import { isDenied, notAccessible, readIfExists, syncDirectory } from './files.ts';
import { folderOf, type Place } from './place.ts';

/**
 * A ledger in a file, one JSON object per line, and those of other kinds in files beside it. They are only ever
 * appended to, and each line is on the disk before the append resolves. A crash in the middle of a write leaves an unfinished
 * last line: readers ignore it, the next append removes it.
 */
export function createFileLedger(path: string): Ledger {
  const entries = createLog(path, isEntry);
  const freezes = createLog(join(dirname(path), 'freezes.jsonl'), isFreeze);
  const expiries = createLog(join(dirname(path), 'expiries.jsonl'), isExpiry);
  const maintenances = createLog(join(dirname(path), 'maintenances.jsonl'), isMaintenance);
  const operations = createLog(join(dirname(path), 'operations.jsonl'), isOperation);
  return {
    list: entries.list,
    append: entries.append,
    freezes: freezes.list,
    appendFreeze: freezes.append,
    expiries: expiries.list,
    appendExpiry: expiries.append,
    maintenances: maintenances.list,
    appendMaintenance: maintenances.append,
    operations: operations.list,
    appendOperation: operations.append,
  };
}

/** What the load balancer has to show, so that another configuration of it shows it too. */
export async function maintenanceOf(place: Place): Promise<{ readonly maintenance?: MaintenancePage }> {
  const last = (await createFileLedger(folderOf(place).ledger).maintenances()).at(-1);
  if (last?.on !== true) return {};
  const { message, retryAfterSeconds } = last;
  return { maintenance: { message, retryAfterSeconds } };
}

interface Log<Entry> {
  readonly list: () => Promise<readonly Entry[]>;
  readonly append: (entry: Entry) => Promise<void>;
}

function createLog<Entry>(path: string, isOne: (value: unknown) => value is Entry): Log<Entry> {
  return {
    async list() {
      return parse(path, (await readIfExists(path)) ?? '', isOne).entries;
    },
    async append(entry) {
      const { length } = parse(path, (await readIfExists(path)) ?? '', isOne);
      const file = await openForAppending(path);
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

async function openForAppending(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'a+', 0o600);
  } catch (error) {
    throw isDenied(error) ? notAccessible(dirname(path), 'written to', error) : error;
  }
}

/** `length`: how many bytes of the text are whole lines. */
function parse<Entry>(
  path: string,
  text: string,
  isOne: (value: unknown) => value is Entry,
): { entries: Entry[]; length: number } {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').slice(0, -1);
  const entries = lines.map((line, index) => parseLine(path, line, index + 1, isOne));
  return { entries, length: Buffer.byteLength(whole) };
}

function parseLine<Entry>(
  path: string,
  line: string,
  number: number,
  isOne: (value: unknown) => value is Entry,
): Entry {
  try {
    const entry: unknown = JSON.parse(line);
    if (isOne(entry)) return entry;
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

function isFreeze(value: unknown): value is FreezeEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'frozen' in value &&
    typeof value.frozen === 'boolean' &&
    'reason' in value &&
    typeof value.reason === 'string'
  );
}

function isExpiry(value: unknown): value is ExpiryEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'expires' in value &&
    typeof value.expires === 'string' &&
    'from' in value &&
    typeof value.from === 'string'
  );
}

function isMaintenance(value: unknown): value is MaintenanceEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'on' in value &&
    typeof value.on === 'boolean' &&
    'message' in value &&
    typeof value.message === 'string' &&
    'retryAfterSeconds' in value &&
    typeof value.retryAfterSeconds === 'number'
  );
}

function isOperation(value: unknown): value is OperationEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'operation' in value &&
    typeof value.operation === 'string' &&
    'action' in value &&
    typeof value.action === 'string' &&
    'outcome' in value &&
    typeof value.outcome === 'string'
  );
}
