import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { userName } from '../messages/user-name.ts';
import { StepProgress } from '../output/step-progress.ts';
import { TerminalPrompt } from '../output/terminal-prompt.ts';
import { assertEnvironment } from '../program/environments.ts';
import { createAnnouncer, linkOf, receiversOf } from '../release/announce.ts';
import { systemClock } from '../release/clock.ts';
import type { Flow } from '../release/flow.ts';
import type { Target } from '../release/target.ts';
import { selectTarget, type TargetKind } from './select-target.ts';
import { readSigning } from './signing-key.ts';
import { readVerification } from './verification.ts';

/** The process as commands see it: their only access to streams and variables. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  /** Results. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress, questions and errors. */
  readonly stderr: NodeJS.WriteStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly projectDirectory: string;
  /** Aborts on the first Ctrl-C, or when a CI job is cancelled. */
  readonly signal: AbortSignal;
  /** Says something when the command has ended, however it ends: what is drawn until then would swallow it. */
  readonly note: (text: string) => void;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: true;
}

export interface TargetOptions extends CommonOptions {
  readonly target: TargetKind;
  readonly port?: number;
}

const narrowestLiveTerminal = 40;

/** Progress of a command: live on a terminal that is wide enough, one line per step elsewhere. */
export function openProgress({ stderr, variables }: Terminal): StepProgress {
  const wide = (stderr.columns ?? 0) >= narrowestLiveTerminal;
  return new StepProgress(stderr, { live: stderr.isTTY === true && wide && variables['CI'] === undefined });
}

/**
 * Everything that a flow needs, for real. Rejects if there is no such environment.
 *
 * @param promoteFrom the environment that a promotion takes its release from
 */
export async function openEnvironmentFlow(
  terminal: Terminal,
  options: TargetOptions,
  progress: StepProgress,
  environment: string,
  promoteFrom?: string,
): Promise<Flow> {
  const { stdin, stderr, signal, projectDirectory, variables, note } = terminal;
  const announcer = createAnnouncer(receiversOf(variables), fetch);
  return {
    target: await openEnvironmentTarget(terminal, options, environment, { promoteFrom }),
    signing: await readSigning(terminal),
    announce: async (entry) => {
      for (const failure of await announcer.announce({ target: options.target, entry, link: linkOf(variables) })) {
        note(failure);
      }
    },
    fetch,
    clock: systemClock,
    progress,
    prompt: new TerminalPrompt({
      input: stdin,
      output: stderr,
      interactive: options.json !== true && stdin.isTTY === true && stderr.isTTY === true,
      quiet: async () => await progress.settle('done'),
      signal,
    }),
    ...(await readVerification(projectDirectory, environment, options.target)),
    by: whoRuns(terminal),
    newAttemptId: randomUUID,
    signal,
  };
}

/** Who runs the command, for the ledger. */
export function whoRuns({ variables }: Terminal): string {
  return variables['GITHUB_ACTOR'] ?? `${userName()}@${hostname()}`;
}

/**
 * The platform alone, for commands that only look. Rejects if there is no such environment.
 *
 * @param programDirectory where the program and its stack files are, when it is not the project's own
 * @param promoteFrom the environment that a promotion takes its release from
 */
export async function openEnvironmentTarget(
  { projectDirectory, variables, note, signal }: Terminal,
  { target, port }: TargetOptions,
  environment: string,
  {
    programDirectory,
    promoteFrom,
  }: { readonly programDirectory?: string; readonly promoteFrom?: string | undefined } = {},
): Promise<Target> {
  await assertEnvironment(programDirectory ?? projectDirectory, environment);
  return await selectTarget(target, {
    projectDirectory,
    variables,
    note,
    signal,
    instance: variables['STACK_INSTANCE'] ?? 'nest-fargate',
    ...(programDirectory === undefined ? {} : { programDirectory }),
    ...(port === undefined ? {} : { port }),
    ...(promoteFrom === undefined ? {} : { promotion: { from: promoteFrom, to: environment } }),
  });
}
