import type { JobName } from '../outbox/job.ts';

export interface JobTry {
  readonly id: string;
  readonly payload: unknown;
  /** Aborted when the try has taken too long, or when the process ends and gives the job back. */
  readonly signal: AbortSignal;
}

/**
 * Does jobs of one name. Any try may be cut off at any point and repeated, so what it does in the database happens inside
 * JobStore.finish, and what it does elsewhere carries the job's id for the other side to know it by.
 */
export interface JobHandler {
  readonly name: JobName;
  /** Rejects: the job is tried again later. Rejects with GiveUp: it is not. */
  run(job: JobTry): Promise<void>;
}

/** Trying again would not help. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}
