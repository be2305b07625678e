import type { Release } from '../../infra/release/release.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { type Known, known } from './known.ts';
import type { LedgerEntry } from './ledger.ts';
import { lastGoodRelease } from './rollback-choice.ts';
import { assertSchemaAllows, assertSchemaKnown } from './rollback-schema.ts';
import { type RollbackTime, rollbackTime, sayRollbackTime } from './rollback-time.ts';
import { nameRunning, type Running } from './running.ts';
import { unknownMigrationsSince } from './standing.ts';
import type { Target } from './target.ts';

/** Whether an earlier release can be restored, which, and how soon it serves; or the rule by which it cannot. */
export type Outlook =
  | { readonly to: string; readonly time?: RollbackTime }
  | { readonly refused: string /** Code of the rule. */; readonly code: string };

/** Codes by which a rule says no. Whatever else fails, such as a missing permission, says nothing about the release. */
const answersOfRules: ReadonlySet<string> = new Set([
  'NO_EARLIER_RELEASE',
  'CONTRACT_MIGRATION_BETWEEN',
  'IMAGE_GONE',
  'IMAGE_ARCHIVED',
  'IMAGE_NOT_PULLABLE',
  'IMAGE_NOT_STARTABLE',
]);

/**
 * The same choice and the same checks as of `rollback`, without the plan, which takes the whole engine: what it would
 * refuse because data would be lost is found by `rollback --dry-run`.
 */
export async function outlookNow(
  target: Target,
  environment: string,
  running: Running,
  entries: readonly LedgerEntry[],
): Promise<Known<Outlook>> {
  try {
    const release = lastGoodRelease(target.kind, environment, running, entries);
    assertSchemaAllows(target.kind, environment, entries, release);
    assertSchemaKnown(environment, release, unknownMigrationsSince(entries, release));
    await target.assertRestorable(environment, release);
    const time = await rollbackTime(target, environment, entries);
    return { value: { to: release.version, ...(time === undefined ? {} : { time }) } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return answersOfRules.has(error.code)
      ? { value: { refused: error.message, code: error.code } }
      : { unknown: error.message };
  }
}

/** What the answer will be once `next` runs and is verified: the same question to the ledger as it will be then. */
export async function outlookAfter(
  target: Target,
  environment: string,
  entries: readonly LedgerEntry[],
  next: Release,
): Promise<Known<Outlook>> {
  const release = { ...next, digest: digestOf(next, entries) };
  const running: Running = { observed: undefined, release, before: undefined };
  return outlookNow(target, environment, running, [...entries, verified(environment, release)]);
}

/** What can be rolled back to now, or once another release runs. */
export interface ForeseenRollback {
  /** Version of that release; absent: what runs stays the same release. */
  readonly after?: string;
  readonly outlook: Known<Outlook>;
}

/**
 * For a command that only looks.
 * @param next absent: what runs stays the same release
 * @returns `undefined` where nothing runs or ever ran
 */
export async function foreseeRollback(
  target: Target,
  environment: string,
  next: Release | undefined,
): Promise<ForeseenRollback | undefined> {
  const read = await known(async () => ({
    entries: await target.ledger(environment).list(),
    observed: await target.observe(environment),
  }));
  if ('unknown' in read) return { outlook: read };
  const { entries, observed } = read.value;
  if (entries.length === 0) return undefined;
  const running = nameRunning(observed, entries);
  if (next === undefined || !isAnother(next, running, entries)) {
    return { outlook: await outlookNow(target, environment, running, entries) };
  }
  return { after: next.version, outlook: await outlookAfter(target, environment, entries, next) };
}

/** `rollback afterwards: to 1.0.0, in about 8.1 s`, or `rollback: …` where the release stays. */
export function sayForeseen({ after, outlook }: ForeseenRollback): string {
  return `rollback${after === undefined ? '' : ' afterwards'}: ${sayOutlook(outlook)}`;
}

/** Whether `next` is another release than the one that runs; with equal versions, content is equal. */
export function isAnother(next: Release, running: Running, entries: readonly LedgerEntry[]): boolean {
  return digestOf(next, entries) !== running.release?.digest;
}

/** Of a release that is not built yet, the digest of its version, or one that no image has. */
function digestOf({ digest, version }: Release, entries: readonly LedgerEntry[]): string {
  if (digest !== '') return digest;
  const built = entries.findLast(({ release }) => release.version === version && release.digest !== '');
  return built?.release.digest ?? `not built: ${version}`;
}

function verified(environment: string, release: Release): LedgerEntry {
  return {
    attempt: `after ${release.version}`,
    ...{ environment, release },
    action: 'up',
    outcome: 'good',
    settingsHash: '',
    programCommit: '',
    revision: '',
    by: '',
    at: '',
    seconds: 0,
  };
}

/**
 * Refuses a release after which there is no rollback, unless somebody says why. A first release leaves nothing that one
 * could roll back to, so it is none. What is unknown is said, and decided by other rules.
 * @param outlook absent: what runs stays the same release
 * @param oneWay the reason given with `--one-way`
 */
export function assertReversible(
  environment: string,
  { version }: Pick<Release, 'version'>,
  outlook: Known<Outlook> | undefined,
  oneWay: string | undefined,
): void {
  const refused = outlook !== undefined && 'value' in outlook && 'refused' in outlook.value ? outlook.value : undefined;
  const needed = outlook !== undefined && isOneWay(outlook);
  if (refused !== undefined && needed && oneWay === undefined) {
    throw new Refusal({
      code: 'ONE_WAY',
      message: `After ${version} there is no rollback. ${refused.refused}`,
      rule: 'Every release can be rolled back, unless somebody decides otherwise: docs/release-flow.md.',
      remedy: `${remedyOf(refused.code)}, or say why this release may be deployed: --one-way "<reason>".`,
    });
  }
  if (needed || oneWay === undefined || (outlook !== undefined && 'unknown' in outlook)) return;
  throw new Refusal({
    code: 'NOT_ONE_WAY',
    message: `${whyNotOneWay(environment, version, outlook === undefined, refused !== undefined)}.`,
    remedy: 'Omit --one-way.',
  });
}

/** Whether a release would be left that could be rolled back to until now. */
export function isOneWay(outlook: Known<Outlook>): boolean {
  return 'value' in outlook && 'refused' in outlook.value && outlook.value.code !== 'NO_EARLIER_RELEASE';
}

function whyNotOneWay(environment: string, version: string, runs: boolean, first: boolean): string {
  if (runs) return `${version} runs on ${environment} already`;
  if (first) return `${environment} has no earlier verified release, so ${version} takes no rollback away`;
  return `After ${version}, ${environment} can be rolled back`;
}

function remedyOf(code: string): string {
  return code === 'CONTRACT_MIGRATION_BETWEEN'
    ? 'Deploy the code that no longer uses what is removed first, and the migration with a later release'
    : 'Deploy a release that can be restored first';
}

/** In words, after `rollback afterwards:` or a label. */
export function sayOutlook(outlook: Known<Outlook>): string {
  if ('unknown' in outlook) return `unknown: ${outlook.unknown}`;
  const { value } = outlook;
  if ('to' in value) return `to ${value.to}${value.time === undefined ? '' : `, ${sayRollbackTime(value.time)}`}`;
  return value.code === 'NO_EARLIER_RELEASE'
    ? 'to nothing: it is the first verified release'
    : `none. ${value.refused}`;
}
