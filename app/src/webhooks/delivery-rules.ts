import {
  type RetrySchedule,
  retryDelaySeconds,
  retryJitter,
  totalSeconds,
  webhookRetries,
} from '../queue/retry-schedule.ts';

/*
 * What becomes of a message, and of the webhook that it is for. Pure: the time is an argument, and so is chance.
 */

/** A webhook that failed so often in a row is paused: it would keep slots and connections of the worker busy. */
export const failuresUntilPause = 5;
const firstPauseSeconds = 30;
const longestPauseSeconds = 900;

/**
 * For how long after its last failure a webhook has but one slot. It would otherwise earn all that it may have with one answer,
 * and hang on all of them with the next.
 */
export const probationSeconds = 600;

/** A message whose webhook was paused again and again ends at the age at which it would have been given up without that. */
export const longestLifeSeconds = totalSeconds(webhookRetries) * (1 + retryJitter);

/** Nobody may have a message wait for longer than the longest wait of the schedule. */
const longestRetryAfterSeconds = Math.max(...webhookRetries);

/** For how long a webhook is left alone. 0: not at all. */
export function pauseSeconds(consecutiveFailures: number): number {
  const beyond = consecutiveFailures - failuresUntilPause;
  return beyond < 0 ? 0 : Math.min(firstPauseSeconds * 2 ** beyond, longestPauseSeconds);
}

/**
 * Seconds until the next attempt; `undefined`: the message is given up. A receiver that names a later time gets it.
 * @param attempt how many attempts came before the one that failed
 */
export function nextAttemptSeconds(
  {
    attempt,
    retryAfter,
    random,
  }: { readonly attempt: number; readonly retryAfter?: string | undefined; readonly random: number },
  schedule: RetrySchedule = webhookRetries,
): number | undefined {
  const planned = retryDelaySeconds(schedule, attempt, random);
  return planned === undefined ? undefined : Math.max(planned, retryAfterSeconds(retryAfter));
}

/** The form in seconds (RFC 9110, section 10.2.3); a date is not heeded, as the clocks may differ. */
function retryAfterSeconds(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), longestRetryAfterSeconds) : 0;
}

/** Why a webhook gets no more messages. */
export type DisabledReason = 'gone' | 'failing';

/**
 * Whether an attempt that failed ends the webhook: its receiver said that it wants no more (410), or nothing was delivered
 * from a message's first attempt to its last.
 */
export function disabledBy(failure: {
  readonly status: number | undefined;
  readonly isGivenUp: boolean;
  readonly ageSeconds: number;
  /** `undefined`: never. */
  readonly secondsSinceDelivery: number | undefined;
}): DisabledReason | undefined {
  if (failure.status === 410) {
    return 'gone';
  }
  const deliveredMeanwhile = (failure.secondsSinceDelivery ?? Number.POSITIVE_INFINITY) < failure.ageSeconds;
  return failure.isGivenUp && !deliveredMeanwhile ? 'failing' : undefined;
}
