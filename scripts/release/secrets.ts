import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Environment, KeptSecret, Observed, Prerequisite, SecretStore, Target } from './target.ts';

/** A secret that the app's manifest leaves to a person, as one environment needs it. */
export interface NeededSecret {
  readonly name: string;
  readonly description: string;
  /** The processes that get it. */
  readonly readers: readonly string[];
  /** What the stack file names instead of a value that the stack keeps. */
  readonly arn?: string;
}

export interface SecretRow extends Omit<NeededSecret, 'description'> {
  /** Absent: the manifest does not have it any more. */
  readonly description?: string;
  /** `named`: the stack file names an ARN, which is not checked. */
  readonly state: 'set' | 'missing' | 'named';
  /** ISO 8601, UTC. */
  readonly changedAt?: string;
  /** Of the readers, those with tasks that started before the value changed. */
  readonly outdated: readonly string[];
}

type Kind = Target['kind'];

/** Those whose value the stack should have, and has not. */
export function missingSecrets(needed: readonly NeededSecret[], kept: readonly KeptSecret[]): readonly NeededSecret[] {
  const names = new Set(kept.map(({ name }) => name));
  return needed.filter(({ name, arn }) => arn === undefined && !names.has(name));
}

/** Rejects with `SECRETS_MISSING`, and the command that sets each. */
export async function assertSecretsSet(
  kind: Kind,
  environment: Environment,
  needed: readonly NeededSecret[],
  store: Pick<SecretStore, 'list'>,
): Promise<void> {
  if (needed.every(({ arn }) => arn !== undefined)) return;
  const missing = missingSecrets(needed, await store.list());
  if (missing.length > 0) throw secretsMissing(kind, environment, missing);
}

export function secretsMissing(kind: Kind, environment: Environment, missing: readonly NeededSecret[]): Refusal {
  const names = missing.map(({ name }) => name).join(', ');
  return new Refusal({
    code: 'SECRETS_MISSING',
    message: `${environment} has no value of ${missing.length === 1 ? 'the secret' : `${missing.length} secrets:`} ${names}.`,
    rule: 'A task does not start without a secret that its process names. Each environment has values of its own.',
    remedy: missing.map(({ name }) => stackCommand(kind, 'secrets', 'set', name, environment)).join('; '),
  });
}

/** Checked before the first change of whatever starts tasks. */
export function secretsPrerequisite(
  kind: Kind,
  environment: Environment,
  needed: () => readonly NeededSecret[],
  store: Pick<SecretStore, 'list'>,
): Prerequisite {
  return {
    name: 'secrets of the app',
    check: async () => {
      const all = needed();
      if (all.length === 0) return { skipped: 'the app’s manifest leaves none to a person' };
      await assertSecretsSet(kind, environment, all, store);
      return { value: all.map(({ name }) => name).join(', ') };
    },
  };
}

/** What the manifest needs and what is kept, side by side, by name. */
export function secretRows(
  needed: readonly NeededSecret[],
  kept: readonly KeptSecret[],
  observed: Observed | undefined,
): readonly SecretRow[] {
  const rows = needed.map((secret): SecretRow => {
    const found = secret.arn === undefined ? kept.find(({ name }) => name === secret.name) : undefined;
    return {
      ...secret,
      state: secret.arn !== undefined ? 'named' : found === undefined ? 'missing' : 'set',
      ...(found === undefined ? {} : { changedAt: found.changedAt }),
      outdated: found === undefined ? [] : outdatedReaders(secret.readers, found.changedAt, observed),
    };
  });
  const known = new Set(needed.map(({ name }) => name));
  const others = kept
    .filter(({ name }) => !known.has(name))
    .map(({ name, changedAt }): SecretRow => ({ name, readers: [], state: 'set', changedAt, outdated: [] }));
  return [...rows, ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tasks read a secret when they start. */
function outdatedReaders(
  readers: readonly string[],
  changedAt: string,
  observed: Observed | undefined,
): readonly string[] {
  const changed = Date.parse(changedAt);
  return (observed?.services ?? [])
    .filter(({ name, tasks }) => readers.includes(name) && tasks.some((task) => startedBefore(task.startedAt, changed)))
    .map(({ name }) => name);
}

function startedBefore(startedAt: string | undefined, moment: number): boolean {
  return startedAt !== undefined && Date.parse(startedAt) < moment;
}

/** One line for each process whose tasks still have an earlier value. */
export function outdatedNotes(kind: Kind, environment: Environment, rows: readonly SecretRow[]): readonly string[] {
  const processes = [...new Set(rows.flatMap(({ outdated }) => outdated))];
  return processes.map((process) => {
    const names = rows.filter(({ outdated }) => outdated.includes(process)).map(({ name }) => name);
    return `${process} still has the earlier value of ${names.join(', ')}: ${stackCommand(kind, 'restart', environment, process)}`;
  });
}
