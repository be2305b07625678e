import type { JobsOptions } from 'bullmq';

export const queueName = 'jobs';

/** What a job carries in the queue; its id and name are the queue's own. */
export interface CarriedJob {
  readonly payload: unknown;
  readonly correlationId: string | null;
  readonly traceParent: string | null;
}

const attempts = 8;
const firstRetryMs = 1_000;

/**
 * Tried over about four minutes (1 s, 2 s, 4 s, … with half of it left to chance): longer than a failover of the database
 * or a rollout. Nothing is kept here of a job that came to its end: what became of it is in Postgres.
 */
export const jobOptions = {
  attempts,
  backoff: { type: 'exponential', delay: firstRetryMs, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const satisfies JobsOptions;

/** A worker that died leaves its jobs locked for this long; another one then finds them at its next look. */
export const lockMs = 15_000;
export const lookForStalledMs = 5_000;

/** A job that takes its worker down with it each time is given up after so many. */
export const mostStalls = 5;
