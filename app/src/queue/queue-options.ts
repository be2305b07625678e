import type { JobsOptions } from 'bullmq';

export const queueName = 'jobs';

/** What a job carries in the queue; its name is the queue's own. */
export interface CarriedJob {
  readonly payload: unknown;
  readonly correlationId: string | null;
  readonly traceParent: string | null;
  /** Left out by the release before, whose job has the id of its row. */
  readonly id?: string;
  readonly postponements?: number;
}

/**
 * Of a job whose outcome could not be written down, since Postgres is down: again every few seconds, for as long as that
 * takes (a million times are 34 days). These are no attempts of the job: those are counted in Postgres, see
 * retry-schedule.ts. Nothing is kept here of a job that came to its end.
 */
export const jobOptions = {
  attempts: 1_000_000,
  backoff: { type: 'fixed', delay: 3_000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const satisfies JobsOptions;

/** A worker that died leaves its jobs locked for this long; another one then finds them at its next look. */
export const lockMs = 15_000;
export const lookForStalledMs = 5_000;

/** A job that takes its worker down with it each time is given up after so many. */
export const mostStalls = 5;
