import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { LedgerAction } from './ledger.ts';
import type { Finding, Prerequisite, Target } from './target.ts';

export interface CheckedPrerequisite {
  readonly name: string;
  readonly outcome: 'met' | 'unmet' | 'skipped' | 'unknown';
  /** What was found, if it is met. */
  readonly value?: string;
  /** What is wrong, why it was skipped, or why it is unknown. */
  readonly reason?: string;
  readonly remedy?: string;
}

/** Checks all of them, whether or not others fail. Rejects only for a bug. */
export async function checkPrerequisites(
  prerequisites: readonly Prerequisite[],
): Promise<readonly CheckedPrerequisite[]> {
  const checked = await Promise.all(prerequisites.map(checkPrerequisite));
  return checked.map((one, index) => withCauseOnce(one, checked.slice(0, index)));
}

/** What another prerequisite has reported already stands in the way of this one, and says nothing about it. */
function withCauseOnce(checked: CheckedPrerequisite, before: readonly CheckedPrerequisite[]): CheckedPrerequisite {
  if (checked.outcome !== 'unmet') return checked;
  const cause = before.find(({ outcome, reason }) => outcome === 'unmet' && reason === checked.reason);
  if (cause === undefined) return checked;
  return { name: checked.name, outcome: 'unknown', reason: `not checked, because ${cause.name} failed` };
}

async function checkPrerequisite({ name, skip, check }: Prerequisite): Promise<CheckedPrerequisite> {
  if (skip !== undefined) return { name, outcome: 'skipped', reason: skip };
  try {
    return outcomeOf(name, await check());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
    return { name, outcome: 'unmet', reason: error.message, ...remedy };
  }
}

function outcomeOf(name: string, { value, unknown, skipped }: Finding): CheckedPrerequisite {
  if (unknown !== undefined) return { name, outcome: 'unknown', reason: unknown };
  if (skipped !== undefined) return { name, outcome: 'skipped', reason: skipped };
  return value === undefined ? { name, outcome: 'met' } : { name, outcome: 'met', value };
}

/** Rejects with one error that lists every unmet prerequisite of the target. */
export async function assertPrerequisites(target: Target, environment: string, purpose: LedgerAction): Promise<void> {
  const unmet = (await checkPrerequisites(target.prerequisites(environment, purpose))).filter(
    ({ outcome }) => outcome === 'unmet',
  );
  if (unmet.length === 0) return;
  const lines = unmet.map(
    ({ name, reason, remedy }) => `✗ ${name}: ${reason}${remedy === undefined ? '' : `\n  → ${remedy}`}`,
  );
  throw new Refusal({
    code: 'PREREQUISITES_UNMET',
    message: unmet.length === 1 ? 'A prerequisite is not met.' : `${unmet.length} prerequisites are not met.`,
    remedy: `Fix what is listed and run the command again. \`${stackCommand(target.kind, 'doctor', environment)}\` checks everything.`,
    details: lines.join('\n'),
  });
}
