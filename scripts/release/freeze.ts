import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Flow } from './flow.ts';
import type { FreezeEntry } from './ledger.ts';
import type { Prerequisite, Target } from './target.ts';

export interface Freeze {
  readonly reason: string;
  readonly by: string;
  /** Since when; ISO 8601, UTC. */
  readonly at: string;
}

type FreezeFlow = Pick<Flow, 'target' | 'clock' | 'by'>;

/** The freeze in force; `undefined` if there is none. */
export async function readFreeze(target: Target, environment: string): Promise<Freeze | undefined> {
  const last = (await target.ledger(environment).freezes()).at(-1);
  return last?.frozen === true ? { reason: last.reason, by: last.by, at: last.at } : undefined;
}

/**
 * Refuses every change of an environment from now on; a change in progress ends as it would.
 * Takes no lock, so that an environment can be frozen while somebody changes it.
 */
export async function freeze(flow: FreezeFlow, environment: string, reason: string): Promise<Freeze> {
  const current = await readFreeze(flow.target, environment);
  if (current !== undefined) {
    throw new Refusal({
      code: 'ALREADY_FROZEN',
      message: `${describeFreeze(environment, current)}.`,
      remedy: `To change the reason, run \`${stackCommand(flow.target.kind, 'unfreeze', environment)}\` first.`,
    });
  }
  const entry = entryOf(flow, environment, true, reason);
  await flow.target.ledger(environment).appendFreeze(entry);
  return entry;
}

/** @returns the freeze that ended; `undefined` if there was none */
export async function unfreeze(flow: FreezeFlow, environment: string): Promise<Freeze | undefined> {
  const current = await readFreeze(flow.target, environment);
  if (current === undefined) return undefined;
  await flow.target.ledger(environment).appendFreeze(entryOf(flow, environment, false, ''));
  return current;
}

function entryOf({ clock, by }: FreezeFlow, environment: string, frozen: boolean, reason: string): FreezeEntry {
  return { environment, frozen, reason, by, at: new Date(clock.now()).toISOString() };
}

/** Rejects with `ENVIRONMENT_FROZEN` while a freeze is in force. */
export async function assertNotFrozen(target: Target, environment: string): Promise<void> {
  const current = await readFreeze(target, environment);
  if (current !== undefined) throw frozen(target, environment, current, '');
}

/**
 * The same for a rollback, which may override a freeze.
 * @returns the reason of the freeze that it overrides, for the ledger
 */
export async function assertRollbackAllowed(
  target: Target,
  environment: string,
  evenFrozen: boolean,
): Promise<string | undefined> {
  const current = await readFreeze(target, environment);
  if (current === undefined || evenFrozen) return current?.reason;
  throw frozen(target, environment, current, ', or roll back in spite of it with --even-frozen');
}

/** For `doctor`: a freeze would stop the next command. */
export function freezePrerequisite(target: Target, environment: string): Prerequisite {
  return {
    name: 'no freeze',
    check: async () => {
      await assertNotFrozen(target, environment);
      return {};
    },
  };
}

function frozen({ kind }: Target, environment: string, current: Freeze, otherwise: string): Refusal {
  return new Refusal({
    code: 'ENVIRONMENT_FROZEN',
    message: `${describeFreeze(environment, current)}.`,
    rule: 'No command changes a frozen environment.',
    remedy: `End the freeze with \`${stackCommand(kind, 'unfreeze', environment)}\`${otherwise}.`,
  });
}

/** `prod has been frozen since 2026-12-24T… by ada@desk: holidays` */
export function describeFreeze(environment: string, freeze: Freeze): string {
  return `${environment} has been frozen ${describeStart(freeze)}`;
}

/** `since 2026-12-24T… by ada@desk: holidays` */
export function describeStart({ reason, by, at }: Freeze): string {
  return `since ${at} by ${by}: ${reason.replace(/\.$/, '')}`;
}
