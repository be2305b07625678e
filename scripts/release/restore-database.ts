import type { Migration, Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { assertApproved } from './approval.ts';
import type { BackupReport, RestoredDatabase, RestoreRequest } from './backups.ts';
import { secondsSince } from './clock.ts';
import { deploy, stateAfterFailure, unverifiedBy, withState } from './deploy.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotInterrupted } from './interruption.ts';
import type { LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { nothingRuns } from './nothing-runs.ts';
import { pinnedPlan } from './pin.ts';
import { recordOperation } from './record-operation.ts';
import { observeRunning } from './running.ts';
import { attempts } from './standing.ts';
import type { Target } from './target.ts';

export interface RestoreOptions {
  /** The environment whose backups are read. */
  readonly from: string;
  /** The environment that gets the database. */
  readonly into: string;
  /** ISO 8601. Exactly one of `at` and `snapshot`. */
  readonly at?: string | undefined;
  readonly snapshot?: string | undefined;
  /** Restores beside the database that serves, and leaves that in its place. */
  readonly copy: boolean;
  /** Shows what would happen, and ends. */
  readonly dryRun: boolean;
  /** Already approved: nobody is asked. */
  readonly yes: boolean;
  /** Restores although nobody has said whether the release fits the schema. */
  readonly acceptUnknownMigrations: boolean;
  /** Why a database may take the place of the one that serves before anybody has read it. */
  readonly acceptUnread?: string | undefined;
  readonly present: (proposal: RestoreProposal) => Promise<void>;
}

/** What of the schema is older and what is newer than the release that runs. */
export interface SchemaDifference {
  /** Of the release, not in the database: they run again after the restore. */
  readonly toRun: readonly Migration[];
  /** In the database, not of the release. */
  readonly newer: readonly Migration[];
  /** Why it is not known what the database has; absent: it is known. */
  readonly unknown?: string;
}

export interface RestoreProposal {
  readonly request: RestoreRequest;
  /** The release that runs, and will. */
  readonly release: Release;
  readonly schema: SchemaDifference;
  readonly copy: boolean;
  /** Why the restored database will not be read back; absent: it will. */
  readonly unread?: string;
  /** Why it may serve nevertheless. */
  readonly acceptUnread?: string;
}

export interface RestoreResult {
  readonly request: RestoreRequest;
  readonly restored?: RestoredDatabase;
  /** Name of the database that served until now, and is kept. */
  readonly kept?: string;
  readonly schema: SchemaDifference;
  readonly release: Release;
  readonly switched: boolean;
  /** Seconds in which no database or another one served: from the switch to the verified release. */
  readonly switchSeconds?: number;
  readonly unverified?: string;
  readonly dryRun: boolean;
  readonly seconds: number;
}

/**
 * Restores a database from its backups: beside the one that serves, reads it back, and then puts it in its place. Nothing
 * is deleted: the database that served is kept until somebody removes it. The release stays what it is; of its migrations,
 * those run again that the restored database does not have yet.
 */
export async function restoreDatabase(flow: Flow, options: RestoreOptions): Promise<RestoreResult> {
  const startedAt = flow.clock.now();
  const { into } = options;
  await assertNotFrozen(flow.target, into);
  const asked = await propose(flow, options);
  await options.present(asked);
  const facts = { request: asked.request, schema: asked.schema, release: asked.release };
  if (options.dryRun) {
    return { ...facts, switched: false, dryRun: true, seconds: secondsSince(flow.clock, startedAt) };
  }
  if (!options.yes && !options.copy) {
    await assertApproved(
      flow,
      `Replace the database of ${into}? What was written to it after ${asked.request.at} stays only in the one that is kept.`,
    );
  }
  return await withLock(flow.target, into, 'restore', async () => {
    await assertNotFrozen(flow.target, into);
    assertNotInterrupted(flow.signal);
    const unread = options.acceptUnread === undefined ? '' : `, unread if need be: ${options.acceptUnread}`;
    const what = `${options.copy ? 'a copy of ' : ''}${asked.request.from} as of ${asked.request.at}${unread}`;
    const done = await recordOperation(
      flow,
      into,
      { action: 'restore', what, version: asked.release.version },
      () => carryOut(flow, asked),
      ({ unverified }) => unverified,
    );
    return { ...facts, ...done, dryRun: false, seconds: secondsSince(flow.clock, startedAt) };
  });
}

async function propose(flow: Flow, options: RestoreOptions): Promise<RestoreProposal> {
  const { from, into, copy } = options;
  flow.progress.step(`Look for backups of ${from}`);
  const request = await requestOf(flow, options);
  const entries = await flow.target.ledger(into).list();
  const running = await observeRunning(flow, into, entries);
  if (running.observed === undefined) throw nothingRuns(flow.target, into, 'to restore into');
  const release = running.release ?? running.before;
  if (release === undefined) {
    throw new Refusal({
      code: 'NOT_ONE_RELEASE',
      message: `${into} does not run one known release.`,
      rule: 'After a restore the release that runs is deployed again, with the migrations that the database lacks.',
      remedy: `\`${stackCommand(flow.target.kind, 'up', into)}\` deploys one.`,
    });
  }
  const source = from === into ? entries : await flow.target.ledger(from).list();
  const schema = compareSchema(source, request.at, release);
  if (!copy) assertSchemaFits(flow.target.kind, into, release, schema, options.acceptUnknownMigrations);
  const unread = await flow.target.backups.unreadable(into);
  if (!copy && unread !== undefined && options.acceptUnread === undefined) {
    throw notRead(`A database that is restored into ${into} could not be read back from here: ${unread}`);
  }
  const accepted = options.acceptUnread === undefined ? {} : { acceptUnread: options.acceptUnread };
  return { request, release, schema, copy, ...(unread === undefined ? {} : { unread }), ...accepted };
}

/** Whether a backup holds what it should is known when it has been read, not when the platform says that it is there. */
function notRead(message: string): Refusal {
  return new Refusal({
    code: 'RESTORED_NOT_READ',
    message,
    rule: 'A database takes the place of the one that serves once its tables have been read.',
    remedy:
      'Make it readable (docs/restore.md says what it takes), restore a copy to look at with --copy, or say why it may serve unread: --accept-unread "<reason>".',
  });
}

async function requestOf(flow: Flow, { from, into, at, snapshot }: RestoreOptions): Promise<RestoreRequest> {
  const report = await flow.target.backups.report(from);
  if (report === undefined) throw nothingRuns(flow.target, from, 'to restore');
  if (snapshot !== undefined) {
    const found = report.snapshots.find(({ id }) => id === snapshot);
    if (found === undefined) throw unknownSnapshot(flow.target, from, snapshot);
    return { from, into, at: found.at, snapshot };
  }
  return { from, into, at: restorableTime(flow.target, from, report, at ?? '') };
}

/** Rejects a time that no backup reaches. @returns it in UTC, to the second or finer */
function restorableTime({ kind }: Pick<Target, 'kind'>, from: string, { times }: BackupReport, at: string): string {
  const moment = Date.parse(at);
  const ranges = times.map((range) => `${range.from} to ${range.to}`).join(', ');
  if (!times.some((range) => Date.parse(range.from) <= moment && moment <= Date.parse(range.to))) {
    throw new Refusal({
      code: 'TIME_NOT_RESTORABLE',
      message: `No backup of ${from} has its state at ${Number.isNaN(moment) ? at : new Date(moment).toISOString()}.`,
      rule: `It can be restored to a time from ${ranges === '' ? '– there is none yet' : ranges}.`,
      remedy: `\`${stackCommand(kind, 'backups', from)}\` lists what there is.`,
    });
  }
  return new Date(moment).toISOString().replace('.000Z', 'Z');
}

function unknownSnapshot({ kind }: Pick<Target, 'kind'>, from: string, snapshot: string): Refusal {
  return new Refusal({
    code: 'SNAPSHOT_UNKNOWN',
    message: `${from} has no snapshot ${snapshot}.`,
    remedy: `\`${stackCommand(kind, 'backups', from)}\` lists them.`,
  });
}

/**
 * What the schema had at a time, by the ledger of the environment that it is of. Migrations only go forward, and run before
 * their release does: those of every attempt that had begun by then count, and those of one that ran at that time may be
 * there or not.
 */
export function compareSchema(entries: readonly LedgerEntry[], at: string, release: Release): SchemaDifference {
  const moment = Date.parse(at);
  const ran = attempts(entries).filter(({ entry }) => entry.built !== false);
  const before = ran.filter(({ startedAt }) => Date.parse(startedAt) <= moment);
  const present = new Map(
    before.flatMap(({ entry }) => entry.release.migrations.map((migration) => [migration.name, migration] as const)),
  );
  const contained = new Set(release.migrations.map(({ name }) => name));
  const toRun = release.migrations.filter(({ name }) => !present.has(name));
  const newer = [...present.values()].filter(({ name }) => !contained.has(name));
  const inFlight = before.some(({ entry }) => entry.release.migrations.length > 0 && Date.parse(entry.at) > moment);
  if (before.length === 0 && release.migrations.length > 0) {
    return { toRun, newer, unknown: 'the history begins after that time' };
  }
  return inFlight ? { toRun, newer, unknown: 'a release was being deployed at that time' } : { toRun, newer };
}

/** A newer schema under an older release is what a rollback meets, and is judged in the same way. */
function assertSchemaFits(
  kind: Target['kind'],
  environment: string,
  release: Release,
  { newer }: SchemaDifference,
  acceptUnknown: boolean,
): void {
  const named = (which: Migration['kind']) =>
    newer.filter((migration) => migration.kind === which).map(({ name }) => name);
  const contract = named('contract');
  if (contract.length > 0) {
    throw new Refusal({
      code: 'RESTORED_SCHEMA_NEWER',
      message: `${release.version}, which ${environment} runs, is older than that state of the database: the contract migration ${contract.join(', ')} had run.`,
      rule: 'A contract migration removes what older code still uses, and migrations only go forward.',
      remedy: `Deploy a release on ${environment} that contains it, or restore to an earlier time. \`${stackCommand(kind, 'history', environment)}\` lists what ran when.`,
    });
  }
  const unknown = named('unknown');
  if (unknown.length === 0 || acceptUnknown) return;
  throw new Refusal({
    code: 'RESTORED_SCHEMA_UNKNOWN',
    message: `Whether ${release.version} works on that state of the database is unknown: ${unknown.join(', ')} had run.`,
    rule: 'Unknown is not safe: docs/migrations.md says how to declare what migrations do.',
    remedy: `If the code of ${release.version} works with it, add --accept-unknown-migrations.`,
  });
}

type Done = Pick<RestoreResult, 'restored' | 'kept' | 'switched' | 'switchSeconds' | 'unverified'>;

async function carryOut(flow: Flow, { request, release, copy, acceptUnread }: RestoreProposal): Promise<Done> {
  const { target, progress, signal, clock } = flow;
  const { into } = request;
  const restored = await target.backups.restore(request, progress, signal);
  for (const line of linesOf(restored)) progress.detail(line);
  if (copy) return { restored, switched: false };
  assertNotInterrupted(signal);
  if (restored.notRead !== undefined && acceptUnread === undefined) {
    throw notRead(`${restored.id} was restored and not read back: ${restored.notRead} What serves is untouched.`);
  }
  const switchedAt = clock.now();
  const kept = await target.backups.switchTo(into, restored.id, progress, signal);
  progress.detail(`the former database is kept as ${kept}`);
  const plan = await pinnedPlan(target, into, release);
  const deployment = await deploy(flow, plan, signal);
  if (deployment.outcome !== 'good' && unverifiedBy(deployment) === undefined) {
    throw await notServing(flow, into, kept, deployment.error);
  }
  const unverified = unverifiedBy(deployment);
  return {
    restored,
    kept,
    switched: true,
    switchSeconds: secondsSince(clock, switchedAt),
    ...(unverified === undefined ? {} : { unverified }),
  };
}

/** What is known of a restored database, one line each. */
export function linesOf({ tables, lastTransaction, notRead }: RestoredDatabase): readonly string[] {
  return [
    ...(lastTransaction === undefined ? [] : [`its last transaction is of ${lastTransaction}`]),
    ...(tables === undefined
      ? []
      : [`read back: ${tables.length} tables with ${tables.reduce((sum, { rows }) => sum + rows, 0)} rows`]),
    ...(notRead === undefined ? [] : [`not read back: ${notRead}`]),
  ];
}

async function notServing(flow: Flow, environment: string, kept: string, error: unknown): Promise<unknown> {
  if (!(error instanceof UserError)) return error;
  const entries = await flow.target.ledger(environment).list();
  const state = stateAfterFailure(await flow.target.observe(environment), undefined, entries);
  const known = `The restored database is in its place, and the former one is kept as ${kept}. ${state}`;
  return withState(error, known);
}
