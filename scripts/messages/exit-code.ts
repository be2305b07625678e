import { Refusal, type UserError } from './user-error.ts';

/** How a command ends, for scripts and CI. docs/troubleshooting.md documents the same table. */
export const exitCodes = {
  done: 0,
  /** It could not do its work, or not to the end; also a bug. */
  failed: 1,
  /** Wrong arguments. */
  usage: 2,
  /** A rule stopped it before its first change: a lock, a missing prerequisite, a freeze, data that would be lost. */
  refused: 3,
  /** It did its work and found something wrong: `drift` found drift, `doctor` an unmet prerequisite. */
  found: 4,
  /** Ctrl-C or a cancelled CI job; shells add 128 to the signal's number, SIGINT is 2. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const usageCode = 'USAGE';
export const interruptedCode = 'INTERRUPTED';

/** `undefined`: the error is a bug. */
export function exitCodeOf(error: UserError | undefined): ExitCode {
  if (error?.code === interruptedCode) return exitCodes.interrupted;
  if (error?.code === usageCode) return exitCodes.usage;
  return error instanceof Refusal ? exitCodes.refused : exitCodes.failed;
}
