import type { JobName } from '../outbox/job.ts';

export interface JobTry {
  readonly id: string;
  /** How many attempts came before this one. */
  readonly attempt: number;
  /** Changes each time that the job is postponed: who comes with an earlier one is late. */
  readonly postponements: number;
  readonly enqueuedAt: Date;
  /** Since then, by the clock of Postgres. */
  readonly ageSeconds: number;
  readonly payload: unknown;
  /** Aborted when the try has taken too long, or when the process ends and gives the job back. */
  readonly signal: AbortSignal;
}

/**
 * Through no fault of ours a job may come again later (`postponed`; the handler has seen to that), or have come to its end
 * without what it was for (`undeliverable`).
 */
export type JobResult = 'done' | 'postponed' | 'undeliverable';

/**
 * Does jobs of one name. Any try may be cut off at any point and repeated, so what it does in the database happens inside
 * JobStore.finish or JobStore.postpone, and what it does elsewhere carries the job's id for the other side to know it by.
 */
export interface JobHandler {
  readonly name: JobName;
  /** Rejects: the job is tried again by the schedule `ownRetries`. Rejects with GiveUp: it is not. */
  run(job: JobTry): Promise<JobResult>;
}

/** Trying again would not help. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}
