/** How one try of a job ended. */
export type JobOutcome = 'done' | 'postponed' | 'undeliverable' | 'failed' | 'dead' | 'handed-back';
