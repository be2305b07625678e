import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { z } from 'zod';
import { phaseNames } from '../../infra/contract/timeline.ts';
import type { ExpiryEntry, FreezeEntry, LedgerEntry, MaintenanceEntry, OperationEntry } from '../release/ledger.ts';

import { envelopeSchema } from '../release/signed-statement.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html: free of charge up to here. */
export const valueLimitBytes = 4096;

const compressed = 'br:';
const split = 'parts:';

const migration = z.object({ name: z.string(), kind: z.enum(['expand', 'contract', 'unknown']) });
const check = z.object({ name: z.string(), passed: z.boolean(), detail: z.string() });
const phaseName = z.enum(phaseNames);
const timings = z.object({
  predicted: z.array(
    z.object({
      name: phaseName,
      seconds: z.number(),
      basis: z.enum(['settings', 'measured', 'limit', 'platform']),
      setting: z.string().exactOptional(),
    }),
  ),
  measured: z.array(
    z.object({ phases: z.array(phaseName), seconds: z.number(), ongoing: z.literal(true).exactOptional() }),
  ),
  load: z.object({ average: z.number(), cores: z.number() }).exactOptional(),
});
/** Unknown keys are kept out, missing ones refused: an entry of a newer version reads as what this one knows. */
const entrySchema = z.object({
  attempt: z.string(),
  environment: z.string(),
  action: z.enum(['up', 'promote', 'rollback', 'verify']),
  outcome: z.enum(['started', 'good', 'unverified', 'failed', 'rolled-back']),
  release: z.object({
    version: z.string(),
    image: z.string(),
    digest: z.string(),
    commit: z.string(),
    migrations: z.array(migration),
  }),
  settingsHash: z.string(),
  programCommit: z.string(),
  revision: z.string(),
  by: z.string(),
  at: z.string(),
  seconds: z.number(),
  verification: z
    .object({
      passed: z.boolean(),
      checks: z.array(check),
      notChecked: z.array(z.object({ name: z.string(), why: z.string() })).exactOptional(),
    })
    .exactOptional(),
  reason: z.string().exactOptional(),
  built: z.literal(false).exactOptional(),
  hold: z.object({ version: z.string(), digest: z.string(), reason: z.string() }).exactOptional(),
  accepted: z
    .object({
      dirty: z.string().exactOptional(),
      rolledBack: z.string().exactOptional(),
      losses: z.array(z.string()).exactOptional(),
      frozen: z.string().exactOptional(),
      unknownMigrations: z.array(z.string()).exactOptional(),
      oneWay: z.string().exactOptional(),
    })
    .exactOptional(),
  timings: timings.exactOptional(),
  signature: envelopeSchema.exactOptional(),
}) satisfies z.ZodType<LedgerEntry>;

/**
 * The values that store an entry: one, or a head that says how many parts follow. Readable JSON while it fits, then
 * compressed, then split, so that a release can be recorded however many migrations it has.
 */
export function encodeEntry(entry: LedgerEntry): { readonly head: string; readonly parts: readonly string[] } {
  const json = JSON.stringify(entry);
  // Parameter Store treats `{{` as a reference to another parameter and refuses it.
  if (Buffer.byteLength(json) <= valueLimitBytes && !json.includes('{{')) return { head: json, parts: [] };
  const text = `${compressed}${brotliCompressSync(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).toString('base64')}`;
  if (text.length <= valueLimitBytes) return { head: text, parts: [] };
  const parts = Array.from({ length: Math.ceil(text.length / valueLimitBytes) }, (_, index) =>
    text.slice(index * valueLimitBytes, (index + 1) * valueLimitBytes),
  );
  return { head: `${split}${parts.length}`, parts };
}

/** In how many parts an entry continues; 0 if it is whole. */
export function partCount(head: string): number {
  return head.startsWith(split) ? Number(head.slice(split.length)) : 0;
}

/** Throws if it is not an entry: an unreadable ledger must not look like an empty one. */
export function decodeEntry(value: string): LedgerEntry {
  const json = value.startsWith(compressed)
    ? brotliDecompressSync(Buffer.from(value.slice(compressed.length), 'base64')).toString('utf8')
    : value;
  return entrySchema.parse(JSON.parse(json));
}

const freezeSchema = z.object({
  environment: z.string(),
  frozen: z.boolean(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
}) satisfies z.ZodType<FreezeEntry>;

/** A long reason is cut off, so that a freeze always fits into one parameter. */
export function encodeFreeze(entry: FreezeEntry): string {
  const kept = Array.from(entry.reason).slice(0, 500).join('');
  // Outside its strings this JSON never has two braces in a row, so the escape is always inside a string.
  return JSON.stringify({ ...entry, reason: kept }).replaceAll('{{', '{\\u007b');
}

/** Throws on what is not an entry. */
export function decodeFreeze(value: string): FreezeEntry {
  return freezeSchema.parse(JSON.parse(value));
}

const expirySchema = z.object({
  environment: z.string(),
  expires: z.string(),
  from: z.string(),
  by: z.string(),
  at: z.string(),
}) satisfies z.ZodType<ExpiryEntry>;

/** Throws on what is not an entry. */
export function decodeExpiry(value: string): ExpiryEntry {
  return expirySchema.parse(JSON.parse(value));
}

const maintenanceSchema = z.object({
  environment: z.string(),
  on: z.boolean(),
  message: z.string(),
  retryAfterSeconds: z.number(),
  by: z.string(),
  at: z.string(),
}) satisfies z.ZodType<MaintenanceEntry>;

export function encodeMaintenance(entry: MaintenanceEntry): string {
  // As in a freeze: Parameter Store takes two braces for a reference.
  return JSON.stringify(entry).replaceAll('{{', '{\\u007b');
}

/** Throws on what is not an entry. */
export function decodeMaintenance(value: string): MaintenanceEntry {
  return maintenanceSchema.parse(JSON.parse(value));
}

const operationSchema = z.object({
  operation: z.string(),
  environment: z.string(),
  action: z.enum(['restart', 'scale', 'secrets set', 'secrets unset', 'restore', 'remove backup']),
  what: z.string(),
  version: z.string().exactOptional(),
  outcome: z.enum(['started', 'done', 'unverified', 'failed']),
  reason: z.string().exactOptional(),
  by: z.string(),
  at: z.string(),
  seconds: z.number(),
}) satisfies z.ZodType<OperationEntry>;

/** Long texts are cut off, so that it always fits into one parameter. */
export function encodeOperation({ what, reason, ...entry }: OperationEntry): string {
  // A character takes up to six bytes in JSON: \u001b.
  const cut = (text: string) => Array.from(text).slice(0, 250).join('');
  const kept = { ...entry, what: cut(what), ...(reason === undefined ? {} : { reason: cut(reason) }) };
  return JSON.stringify(kept).replaceAll('{{', '{\\u007b');
}

/** Throws on what is not an entry. */
export function decodeOperation(value: string): OperationEntry {
  return operationSchema.parse(JSON.parse(value));
}
