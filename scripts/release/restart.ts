import { didYouMean } from '../../infra/settings/did-you-mean.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import { secondsSince } from './clock.ts';
import { unverifiedBy, verifyApplied } from './deploy.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotInterrupted, interrupted } from './interruption.ts';
import { withLock } from './lock.ts';
import { nothingRuns } from './nothing-runs.ts';
import { recordOperation } from './record-operation.ts';
import { observeRunning } from './running.ts';
import { assertSecretsSet, type NeededSecret } from './secrets.ts';
import type { Observed } from './target.ts';
import { assertTruth, describeRunning } from './truth.ts';

export interface RestartOptions {
  /** Absent: all that run. */
  readonly processes: readonly string[];
  /** What their tasks need to start. */
  readonly secrets: readonly NeededSecret[];
}

export interface RestartResult {
  readonly environment: string;
  readonly url: string;
  readonly version: string;
  readonly processes: readonly string[];
  /** Why it is not known whether the release serves; absent: it was verified. */
  readonly unverified?: string;
  readonly seconds: number;
}

/**
 * Replaces the tasks of an environment by new ones of the release that runs, new beside old, and verifies it. Nothing else
 * changes: the ledger records it as an operation, so that it is neither a release nor a step of a rollback.
 */
export async function restart(flow: Flow, environment: string, options: RestartOptions): Promise<RestartResult> {
  const startedAt = flow.clock.now();
  const { target, progress, signal } = flow;
  await assertNotFrozen(target, environment);
  await assertSecretsSet(target.kind, environment, options.secrets, target.secrets(environment));
  return await withLock(target, environment, 'restart', async () => {
    const { observed, release } = await observeOne(flow, environment);
    const services = chosen(environment, options.processes, observed);
    assertNotInterrupted(signal);
    const { version } = release;
    const facts = { action: 'restart', what: services.join(', '), version } as const;
    const replace = async (): Promise<RestartResult> => {
      try {
        await target.restart({ environment, release, services }, progress, signal);
        progress.step(`Compare what runs with ${version}`);
        await assertTruth(flow, environment, release, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw interrupted(
          `${version} serves; some of its tasks may be new.`,
          `\`${stackCommand(target.kind, 'restart', environment)}\` starts again.`,
        );
      }
      const applied = { release, revision: '', url: observed.url };
      const ending = await verifyApplied(flow, environment, applied, signal);
      const unverified = unverifiedBy(ending);
      if (ending.outcome !== 'good' && unverified === undefined) throw ending.error;
      const seconds = secondsSince(flow.clock, startedAt);
      const why = unverified === undefined ? {} : { unverified };
      return { environment, url: observed.url, version, processes: services, ...why, seconds };
    };
    return await recordOperation(flow, environment, facts, replace, ({ unverified }) => unverified);
  });
}

/** What runs, if it is one release that the ledger knows. */
async function observeOne(flow: Flow, environment: string) {
  const entries = await flow.target.ledger(environment).list();
  const { observed, release } = await observeRunning(flow, environment, entries);
  if (observed === undefined || observed.services.length === 0) {
    throw nothingRuns(flow.target, environment, 'to restart');
  }
  if (release !== undefined) return { observed, release };
  throw new Refusal({
    code: 'NOT_ONE_RELEASE',
    message: `${environment} does not run one known release: ${describeRunning(observed, entries)}.`,
    rule: 'A restart starts new tasks of the release that runs.',
    remedy: `\`${stackCommand(flow.target.kind, 'up', environment)}\` deploys one.`,
  });
}

function chosen(environment: string, asked: readonly string[], { services }: Observed): readonly string[] {
  const names = services.map(({ name }) => name);
  if (asked.length === 0) return names;
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return names.filter((name) => asked.includes(name));
  const near = didYouMean(unknown, names);
  throw new Refusal({
    code: 'PROCESS_UNKNOWN',
    message: `No process ${unknown} runs on ${environment}.`,
    remedy: `${near === undefined ? '' : `Did you mean ${near}? `}There are: ${names.join(', ')}.`,
  });
}
