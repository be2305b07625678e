import type { Release } from '../../infra/release/release.ts';
import type { CostChange } from '../cost/difference.ts';
import { shortCommit } from '../messages/commit.ts';
import type { ReleaseDifference, SettingsDifference } from '../release/difference.ts';
import type { Known } from '../release/known.ts';
import type { PromotionProposal } from '../release/promote.ts';
import type { RollbackProposal } from '../release/rollback.ts';
import { sayOutlook } from '../release/rollback-outlook.ts';
import { sayRollbackTime } from '../release/rollback-time.ts';
import { shortDigest } from '../release/truth.ts';
import { sayCostChange } from './cost-text.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** Long lists are cut: `preview --full` has all of it. */
const mostChanges = 30;

/**
 * What a promotion will do, for the person who approves it. Each fact is stated once.
 * @param costChange absent: nobody gave prices
 */
export function renderPromotion(
  proposal: PromotionProposal,
  paint: Paint,
  costChange?: Known<CostChange> | undefined,
): string {
  const { from, to, evidence, running, difference, settings, changes, contractMigrations, hold, accepted } = proposal;
  const { rollback } = proposal;
  const warnings = [
    ...contractMigrations.map(({ name }) => `${name} is a contract migration (accepted)`),
    ...(accepted.dirty === undefined ? [] : [`built from uncommitted changes (allowed: ${accepted.dirty})`]),
    ...(hold === undefined ? [] : [`on hold on ${to}: ${hold.reason} (accepted: ${accepted.rolledBack ?? ''})`]),
  ];
  return [
    paint('bold', `Promotion from ${from} to ${to}`),
    ...releaseLines(difference, 'new', running, paint),
    `  verified on ${from}, ${evidence.at} by ${evidence.by}`,
    ...settingLines(settings, from, to, paint),
    ...changeLines(changes, difference, 'new', paint),
    ...(costChange === undefined ? [] : [`  cost of this change: ${sayCostChange(costChange)}`]),
    ...outlookLines(rollback, accepted.oneWay, difference, paint),
    ...warnings.map((warning) => paint('yellow', `  ! ${warning}`)),
  ].join('\n');
}

/** What a rollback will do, for the person who approves it. */
export function renderRollback(proposal: RollbackProposal, paint: Paint): string {
  const { environment, running, difference, changes, desired, hold, accepted, time } = proposal;
  const warnings = [
    ...(hold === undefined
      ? []
      : [`${nameOf(hold.version, difference)} is put on hold: deploying it here again needs --accept-rolled-back`]),
    ...(accepted.frozen === undefined ? [] : [`${environment} is frozen: ${accepted.frozen} (--even-frozen)`]),
  ];
  return [
    paint('bold', `Rollback of ${environment}`),
    ...releaseLines(difference, 'earlier', running, paint),
    `  desired count stays: ${desired.join(', ')}`,
    ...changeLines(changes, difference, 'earlier', paint),
    ...(time === undefined ? [] : [`  gets all requests ${sayRollbackTime(time)}`]),
    ...warnings.map((warning) => paint('yellow', `  ! ${warning}`)),
  ].join('\n');
}

/** What runs now is what would be restored, so it is called that. */
function outlookLines(
  rollback: PromotionProposal['rollback'],
  oneWay: string | undefined,
  { before }: ReleaseDifference,
  paint: Paint,
): readonly string[] {
  const accepted = oneWay === undefined ? '' : ` (accepted: ${oneWay})`;
  const text = sayOutlook(rollback);
  const line = `  rollback afterwards: ${before === undefined ? text : text.replaceAll(before.version, 'the current release')}${accepted}`;
  return ['value' in rollback && 'to' in rollback.value ? paint('dim', line) : paint('yellow', line)];
}

/** What the incoming release is called once its version has been named. */
type Comer = 'new' | 'earlier';

/** Both releases with what tells them apart; the lines below refer to them by these words. */
function releaseLines(
  { before, after, migrationsToRun, migrationsLeft }: ReleaseDifference,
  comer: Comer,
  running: string,
  paint: Paint,
): string[] {
  return [
    before === undefined
      ? `  current  ${running}`
      : paint('red', `  current  ${describe(before)}  ${tasksOf(running, before)}`.trimEnd()),
    paint('green', `  ${comer.padEnd(7)}  ${describe(after)}`),
    ...migrationLines(migrationsToRun, 'runs', 'first, unless it has run', 'first, unless they have run'),
    ...migrationLines(migrationsLeft, 'leaves', 'in the schema', 'in the schema'),
  ];
}

function migrationLines(names: readonly string[], verb: string, one: string, many: string): readonly string[] {
  if (names.length > 1) return [`  ${verb} ${names.length} migrations ${many}:`, ...names.map((name) => `    ${name}`)];
  return names.map((name) => `  ${verb} the migration ${name} ${one}`);
}

function describe({ version, commit, digest }: Release): string {
  return `${version}  commit ${shortCommit(commit)}  digest ${shortDigest(digest)}`;
}

/** `api 2, worker 1` where all tasks run the release, or all that runs where they do not. */
function tasksOf(running: string, { version }: Release): string {
  const counts = running.replaceAll(` × ${version}`, '');
  return counts.includes('×') ? running : counts;
}

function nameOf(version: string, { before }: ReleaseDifference): string {
  return version === before?.version ? 'the current release' : version;
}

function settingLines({ different, equal }: SettingsDifference, from: string, to: string, paint: Paint): string[] {
  if (different.length === 0) return [paint('dim', `  settings: ${equal} equal`)];
  const rows = different.map(({ key, from, to }) => [`    ${key}`, from || '–', to || '–']);
  const differ = different.length === 1 ? '1 differs' : `${different.length} differ`;
  return [paint('dim', `  settings: ${equal} equal, ${differ}`), ...renderTable(['    key', from, to], rows, paint)];
}

function changeLines(changes: readonly string[], difference: ReleaseDifference, comer: Comer, paint: Paint): string[] {
  if (changes.length === 0) return [paint('dim', '  changes: none')];
  const more = changes.length - mostChanges;
  return [
    paint('dim', '  changes'),
    ...changes.slice(0, mostChanges).map((change) => `    ${withoutVersions(change, difference, comer)}`),
    ...(more > 0 ? [paint('dim', `    and ${more} more`)] : []),
  ];
}

/** Changes repeat the versions, which were named above. */
function withoutVersions(change: string, { before, after }: ReleaseDifference, comer: Comer): string {
  const both = `${before?.version ?? ''} → ${after.version}`;
  return change.replaceAll(both, `current → ${comer}`).replaceAll(after.version, `the ${comer} release`);
}
