/** What a person or a CI job can act on. Anything else that is thrown is a bug and keeps its stack. */
export interface UserErrorDetails {
  /** Stable, upper snake case, e.g. `SETTING_INVALID`: scripts may match on it. */
  readonly code: string;
  /** What was wrong, in one sentence, with the offending value (never a secret's). */
  readonly message: string;
  /** The rule that was broken, with its source if it has one. */
  readonly rule?: string;
  /** What to do now: a command, or the key to change. */
  readonly remedy?: string;
  /** Evidence that is too long for a sentence: the last log lines, events, a compiler's output. */
  readonly details?: string;
  readonly cause?: unknown;
}

/** An error that the user caused or can fix. The CLI prints it without a stack; exit-code.ts has the exit codes. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly rule: string | undefined;
  readonly remedy: string | undefined;
  readonly details: string | undefined;

  constructor(details: UserErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.rule = details.rule;
    this.remedy = details.remedy;
    this.details = details.details;
  }
}

/** A rule stopped the command before its first change: CI may treat that differently from a failure midway. */
export class Refusal extends UserError {}
