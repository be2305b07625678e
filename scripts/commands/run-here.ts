import { execa } from 'execa';
import { UserError } from '../messages/user-error.ts';
import type { Invocation } from '../release/operations.ts';
import type { Terminal } from './session.ts';

/** How a program of this machine ended. */
export interface Ended {
  /** `null`: the platform does not report it. */
  readonly exitCode: number | null;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Its streams are this process's own, or kept for the JSON object. */
export async function runHere(
  { executable, args, variables, reportsExitCode }: Invocation,
  terminal: Terminal,
  captured: boolean,
): Promise<Ended> {
  const { exitCode, stdout, stderr, message } = await execa(executable, args, {
    reject: false,
    env: variables,
    stdin: captured ? 'ignore' : 'inherit',
    ...(captured ? {} : { stdout: 'inherit', stderr: 'inherit' }),
    // A terminal sends Ctrl-C to both; what runs in the task decides what it means.
    ...(captured ? { cancelSignal: terminal.signal } : {}),
  });
  if (exitCode === undefined) throw new Error(`${executable} could not be started: ${message}`);
  if (!reportsExitCode && exitCode !== 0) {
    throw new UserError({
      code: 'SESSION_FAILED',
      message: `The session ended with an error: ${executable} ended with ${exitCode}.`,
      remedy: 'Run the command again; if it says more above, that is the reason.',
    });
  }
  return {
    exitCode: reportsExitCode ? exitCode : null,
    ...(captured ? { stdout: String(stdout), stderr: String(stderr) } : {}),
  };
}
