import { interruptedCode } from '../messages/exit-code.ts';
import { UserError } from '../messages/user-error.ts';

/** What a command that was interrupted ends with; `state` says what it left behind. */
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

/** Ends a flow between two steps, where nothing has to be undone. */
export function assertNotInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted('Nothing was changed.');
}
