import { basename } from 'node:path';
import { readToolFailure, sayToolFailure } from './tool-failure.ts';
import { UserError } from './user-error.ts';

/** How a program that was called ended without success. */
export interface FailedCall {
  /** The program as it was called, and its arguments. */
  readonly command: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number | undefined;
  /** Set if it was killed. */
  readonly signal?: string | undefined;
  readonly timedOut?: boolean;
  /** Of the operating system, if the program could not be started: ENOENT, EACCES. */
  readonly code?: string | undefined;
}

/** Enough to recognise a call. */
const shownWords = 3;
/** Neither an option nor a path or a value, which say little and may hold what is nobody’s business. */
const word = /^[a-z][\w.:@-]*$/i;

/** The error of a program that failed, in the program's own words: the first that it said was wrong. */
export function toolError(call: FailedCall, code = 'TOOL_FAILED'): UserError {
  const [path = '', ...args] = call.command;
  const program = basename(path);
  const shown = [program, ...args.filter((arg) => word.test(arg))].slice(0, shownWords);
  const called = `\`${shown.join(' ')}\``;
  if (call.code === 'ENOENT' || call.code === 'EACCES') {
    return new UserError({
      code,
      message:
        call.code === 'ENOENT'
          ? `${program} is not installed, or not on the PATH.`
          : `${program} cannot be started: this user has no permission to run it.`,
      remedy: `Install ${program} and run the command again.`,
    });
  }
  const said = [call.stderr, call.stdout].find((text) => text.trim() !== '') ?? '';
  const failure = readToolFailure(said.split('\n'));
  return new UserError({
    code,
    message: `${called} ${howItEnded(call)}${said === '' ? ', and said nothing.' : `: ${sayToolFailure(failure)}`}`,
    remedy: `Fix what ${program} says and run the command again.`,
    details: failure.block.join('\n'),
  });
}

function howItEnded({ timedOut, signal, exitCode }: FailedCall): string {
  if (timedOut === true) return 'took too long and was stopped';
  if (signal !== undefined) return `was killed (${signal})`;
  return exitCode === undefined ? 'failed' : `failed with exit code ${exitCode}`;
}
