import type { Command } from 'commander';
import type { Paint } from '../output/paint.ts';
import type { StepProgress } from '../output/step-progress.ts';
import type { Summary } from '../output/summary.ts';
import type { CommonOptions, Terminal } from './session.ts';

/** The result of a command, for a program and for a person. */
export interface Result {
  /** The object that `--json` prints. */
  readonly json: object;
  readonly summary: Summary;
  /** Text for stdout before the summary: a table, a tree. */
  readonly text?: string;
  /** That of the program which the command ran, and ends with; absent: what `summary` says. */
  readonly exitCode?: number;
  /** With `--json` the command has printed its object itself, before it ended. */
  readonly printed?: true;
  /** The summary goes to stderr: stdout is the program's own. */
  readonly quiet?: true;
}

interface Running {
  readonly terminal: Terminal;
  /** What follows `--`, for commands that run a program. */
  readonly program: readonly string[];
  readonly commands: readonly RegisteredCommand[];
  readonly progress: StepProgress;
  /** For stdout. */
  readonly paint: Paint;
  /** Shows something to a person in the middle of a command, with no progress drawn around it. */
  readonly show: (text: string) => Promise<void>;
}

/** Runs a command's body between its progress and its result. */
export type Start = (options: CommonOptions, body: (running: Running) => Promise<Result>) => Promise<void>;

/** The module of a subcommand: its arguments, options and action. */
export interface CommandModule {
  define(command: Command, start: Start): void;
}

/** A subcommand that is known by name, and loaded when it is called. */
export interface RegisteredCommand {
  readonly name: string;
  readonly summary: string;
  /** What follows `--` is a program with its arguments. */
  readonly runsProgram?: true;
  readonly load: () => Promise<CommandModule>;
}
