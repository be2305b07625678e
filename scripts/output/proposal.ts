import type { Release } from '../../infra/release/release.ts';
import { shortCommit } from '../messages/commit.ts';
import type { ReleaseDifference, SettingsDifference } from '../release/difference.ts';
import type { PromotionProposal } from '../release/promote.ts';
import type { RollbackProposal } from '../release/rollback.ts';
import { shortDigest } from '../release/truth.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** Long previews are cut: who wants all of it runs `preview`. */
const mostChanges = 30;

/** What a promotion will do, for the person who approves it. */
export function renderPromotion(proposal: PromotionProposal, paint: Paint): string {
  const { from, to, evidence, running, difference, settings, changes, contractMigrations } = proposal;
  return [
    paint('bold', `Promotion from ${from} to ${to}`),
    `  runs on ${to} now   ${running}`,
    `  verified on ${from}  ${evidence.at} by ${evidence.by}`,
    ...releaseLines(difference, paint),
    ...settingLines(settings, from, to, paint),
    ...changeLines(changes, paint),
    ...contractMigrations.map(({ name }) =>
      paint(
        'yellow',
        `  ! No way back to ${difference.before?.version ?? 'what runs'} once ${name} has run (accepted).`,
      ),
    ),
  ].join('\n');
}

/** What a rollback will do, for the person who approves it. */
export function renderRollback(proposal: RollbackProposal, paint: Paint): string {
  const { environment, running, difference, changes, desired } = proposal;
  return [
    paint('bold', `Rollback of ${environment}`),
    `  runs now  ${running}`,
    ...releaseLines(difference, paint),
    `  desired count stays  ${desired.join(', ')}`,
    ...changeLines(changes, paint),
  ].join('\n');
}

function releaseLines({ before, after, migrationsToRun, migrationsLeft }: ReleaseDifference, paint: Paint): string[] {
  return [
    paint('dim', '  release'),
    ...(before === undefined ? [] : [paint('red', `    - ${describe(before)}`)]),
    paint('green', `    + ${describe(after)}`),
    ...migrationsToRun.map((name) => `    migration ${name} runs before it gets traffic, if it has not yet`),
    ...migrationsLeft.map((name) => `    migration ${name} stays in the schema`),
  ];
}

function describe({ version, commit, digest }: Release): string {
  return `${version}  commit ${shortCommit(commit)}  digest ${shortDigest(digest)}`;
}

function settingLines({ different, equal }: SettingsDifference, from: string, to: string, paint: Paint): string[] {
  const folded = `${equal} equal`;
  if (different.length === 0) return [paint('dim', `  settings: no difference (${folded})`)];
  const rows = different.map(({ key, from, to }) => [`    ${key}`, from ?? '–', to ?? '–']);
  return [paint('dim', `  settings (${folded})`), ...renderTable(['    key', from, to], rows, paint)];
}

function changeLines(changes: readonly string[], paint: Paint): string[] {
  if (changes.length === 0) return [paint('dim', '  changes: none')];
  const more = changes.length - mostChanges;
  return [
    paint('dim', '  changes'),
    ...changes.slice(0, mostChanges).map((change) => `    ${change}`),
    ...(more > 0 ? [paint('dim', `    and ${more} more`)] : []),
  ];
}
