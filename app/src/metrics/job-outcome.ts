/** How one try of a job ended. */
export type JobOutcome = 'done' | 'failed' | 'dead' | 'handed-back';
