import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import type { OperationEntry } from './ledger.ts';

export type RecordingFlow = Pick<Flow, 'target' | 'clock' | 'by' | 'newAttemptId'>;

export type OperationFacts = Pick<OperationEntry, 'action' | 'what' | 'version'>;

/**
 * Does what changes a running environment without being a release, and records it: before it starts, because a killed
 * command leaves at least that, and when it ends.
 *
 * @param why of a result, why nobody knows whether the app serves; by default that was not a question
 */
export async function recordOperation<Result>(
  { target, clock, by, newAttemptId }: RecordingFlow,
  environment: string,
  facts: OperationFacts,
  run: () => Promise<Result>,
  why: (result: Result) => string | undefined = () => undefined,
): Promise<Result> {
  const startedAt = clock.now();
  const ledger = target.ledger(environment);
  const operation = newAttemptId();
  const append = (ending: Pick<OperationEntry, 'outcome' | 'reason'>) =>
    ledger.appendOperation({
      operation,
      environment,
      ...facts,
      ...ending,
      by,
      at: new Date(clock.now()).toISOString(),
      seconds: secondsSince(clock, startedAt),
    });
  await append({ outcome: 'started' });
  let result: Result;
  try {
    result = await run();
  } catch (error) {
    // What happened is worth more than what could not be written about it.
    await append({ outcome: 'failed', reason: error instanceof Error ? error.message : String(error) }).catch(
      () => undefined,
    );
    throw error;
  }
  const unverified = why(result);
  await append(unverified === undefined ? { outcome: 'done' } : { outcome: 'unverified', reason: unverified });
  return result;
}
