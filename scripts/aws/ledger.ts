import type { SSMClient } from '@aws-sdk/client-ssm';
import { UserError } from '../messages/user-error.ts';
import type {
  ExpiryEntry,
  FreezeEntry,
  Ledger,
  LedgerEntry,
  MaintenanceEntry,
  OperationEntry,
} from '../release/ledger.ts';
import { talkToAws } from './aws-errors.ts';
import {
  decodeEntry,
  decodeExpiry,
  decodeFreeze,
  decodeMaintenance,
  decodeOperation,
  encodeEntry,
  encodeFreeze,
  encodeMaintenance,
  encodeOperation,
  partCount,
} from './entry-codec.ts';
import { createParameter, deleteParameters, readFolder } from './parameters.ts';

/** So that names sort by number; enough for an entry per minute for 19 years. */
const digits = 7;
/** An attempt has two or three entries, so this is the history of at least a hundred releases. */
const keptEntries = 300;
/** Trimmed in batches: one call deletes ten names. */
const trimmedAt = keptEntries + 20;
/** Of each kind beside them. The last one counts, the others are read by people. */
const keptBeside = 100;

/** Entries of other kinds, each numbered by itself. */
const kindsBeside = ['freezes', 'expiries', 'maintenances', 'operations'] as const;
type KindBeside = (typeof kindsBeside)[number];

/**
 * The history of an environment in Parameter Store: one parameter per entry, `<path>/0000042`. An entry is created and
 * never overwritten, so it exists as a whole or not at all, and two writers cannot overwrite each other: one of them gets
 * the number, the other takes the next.
 */
export class ParameterLedger implements Ledger {
  readonly #ssm: SSMClient;
  readonly #path: string;

  constructor(ssm: SSMClient, path: string) {
    this.#ssm = ssm;
    this.#path = path;
  }

  async list(): Promise<readonly LedgerEntry[]> {
    return talkToAws(async () => {
      const heads = await this.#heads();
      return Promise.all(heads.map(async ([number, head]) => this.#decode(number, await this.#whole(number, head))));
    });
  }

  async append(entry: LedgerEntry): Promise<void> {
    await talkToAws(async () => {
      const heads = await this.#heads();
      const { head, parts } = encodeEntry(entry);
      for (let number = Number(heads.at(-1)?.[0] ?? 0) + 1; ; number += 1) {
        const name = String(number).padStart(digits, '0');
        // Parts first: nobody reads them without their head, so a crash leaves no partial entry.
        if (parts.length > 0 && !(await this.#createParts(name, entry.attempt, parts))) continue;
        if (await createParameter(this.#ssm, `${this.#path}/${name}`, head)) break;
      }
      if (heads.length >= trimmedAt) await this.#remove(heads.slice(0, heads.length + 1 - keptEntries));
    });
  }

  async freezes(): Promise<readonly FreezeEntry[]> {
    return this.#beside('freezes', decodeFreeze);
  }

  async appendFreeze(entry: FreezeEntry): Promise<void> {
    await this.#appendBeside('freezes', encodeFreeze(entry));
  }

  async expiries(): Promise<readonly ExpiryEntry[]> {
    return this.#beside('expiries', decodeExpiry);
  }

  async appendExpiry(entry: ExpiryEntry): Promise<void> {
    await this.#appendBeside('expiries', JSON.stringify(entry));
  }

  async maintenances(): Promise<readonly MaintenanceEntry[]> {
    return this.#beside('maintenances', decodeMaintenance);
  }

  async appendMaintenance(entry: MaintenanceEntry): Promise<void> {
    await this.#appendBeside('maintenances', encodeMaintenance(entry));
  }

  async operations(): Promise<readonly OperationEntry[]> {
    return this.#beside('operations', decodeOperation);
  }

  async appendOperation(entry: OperationEntry): Promise<void> {
    await this.#appendBeside('operations', encodeOperation(entry));
  }

  /** Forgets everything: the environment is gone, and the next one of its name starts with an empty database. */
  async clear(): Promise<void> {
    await talkToAws(async () => {
      await this.#remove(await this.#heads());
      for (const kind of kindsBeside) {
        const folder = this.#folderBeside(kind);
        const names = [...(await readFolder(this.#ssm, folder)).keys()];
        await deleteParameters(
          this.#ssm,
          names.map((name) => `${folder}/${name}`),
        );
      }
    });
  }

  async #beside<Entry>(kind: KindBeside, decode: (value: string) => Entry): Promise<readonly Entry[]> {
    return talkToAws(async () => {
      const folder = this.#folderBeside(kind);
      const values = [...(await readFolder(this.#ssm, folder))];
      return values.map(([number, value]) => this.#read(`${folder}/${number}`, () => decode(value)));
    });
  }

  async #appendBeside(kind: KindBeside, value: string): Promise<void> {
    await talkToAws(async () => {
      const folder = this.#folderBeside(kind);
      const names = [...(await readFolder(this.#ssm, folder)).keys()];
      for (let number = Number(names.at(-1) ?? 0) + 1; ; number += 1) {
        const name = `${folder}/${String(number).padStart(digits, '0')}`;
        if (await createParameter(this.#ssm, name, value)) break;
      }
      // An account has 10,000 parameters per Region.
      if (names.length < keptBeside + 10) return;
      await deleteParameters(
        this.#ssm,
        names.slice(0, names.length + 1 - keptBeside).map((number) => `${folder}/${number}`),
      );
    });
  }

  /** Number and value of each entry. Other names are not ours. */
  async #heads(): Promise<readonly (readonly [string, string])[]> {
    const values = await readFolder(this.#ssm, this.#path);
    return [...values].filter(([name]) => /^\d+$/.test(name));
  }

  async #whole(number: string, head: string): Promise<string> {
    const count = partCount(head);
    if (count === 0) return head;
    const parts = await readFolder(this.#ssm, this.#folderOfParts(number));
    return Array.from({ length: count }, (_, index) => parts.get(partName(index)) ?? '').join('');
  }

  #decode(number: string, value: string): LedgerEntry {
    return this.#read(`${this.#path}/${number}`, () => decodeEntry(value));
  }

  #read<Entry>(name: string, decode: () => Entry): Entry {
    try {
      return decode();
    } catch (cause) {
      throw new UserError({
        code: 'LEDGER_UNREADABLE',
        message: `The entry ${name} of the release history cannot be read.`,
        rule: 'What ran before decides what may run next, so every command stops at a history that cannot be read.',
        remedy: 'Look at that parameter: repair it, or delete it if it is not an entry.',
        cause,
      });
    }
  }

  async #createParts(number: string, attempt: string, parts: readonly string[]): Promise<boolean> {
    const folder = this.#folderOfParts(number);
    // Marks the owner of the parts: those that a crashed writer left under this number are not ours.
    if (!(await createParameter(this.#ssm, `${folder}/attempt`, attempt))) return false;
    for (const [index, part] of parts.entries()) {
      await createParameter(this.#ssm, `${folder}/${partName(index)}`, part);
    }
    return true;
  }

  async #remove(heads: readonly (readonly [string, string])[]): Promise<void> {
    for (const [number, head] of heads) {
      if (partCount(head) === 0) continue;
      const folder = this.#folderOfParts(number);
      const names = [...(await readFolder(this.#ssm, folder)).keys()];
      await deleteParameters(
        this.#ssm,
        names.map((name) => `${folder}/${name}`),
      );
    }
    await deleteParameters(
      this.#ssm,
      heads.map(([number]) => `${this.#path}/${number}`),
    );
  }

  /** Beside the entries, where versions of this CLI without such entries do not look. */
  #folderBeside(kind: KindBeside): string {
    return `${this.#path}/${kind}`;
  }

  #folderOfParts(number: string): string {
    return `${this.#path}/parts/${number}`;
  }
}

function partName(index: number): string {
  return String(index).padStart(3, '0');
}
