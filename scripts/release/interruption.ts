import { interruptedCode } from '../messages/exit-code.ts';
import { UserError } from '../messages/user-error.ts';

/** The error of an interrupted command; `state` says what it has left. */
export function interrupted(state: string, remedy?: string): UserError {
  return new UserError({
    code: interruptedCode,
    message: `Interrupted. ${state}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

export function isInterruption(error: unknown): boolean {
  return error instanceof UserError && error.code === interruptedCode;
}

/** Ends a flow between two steps, when nothing has to be undone. */
export function assertNotInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted('Nothing was changed.');
}
