import type { MaintenancePage } from '../messages/maintenance-page.ts';
import { UserError } from '../messages/user-error.ts';
import type { AlarmState } from './alarm-states.ts';

/** A program of this machine that connects a person to a running task. */
export interface Invocation {
  readonly executable: string;
  readonly args: readonly string[];
  /** Beside the process's own: what must not show in an argument list. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it ends with the exit code of what ran in the task; the other ones only say how the connection ended. */
  readonly reportsExitCode: boolean;
}

/** Which process, by its name in the manifest; absent: `api`, or the only one there is. */
interface OfProcess {
  readonly process?: string;
}

export interface ExecRequest extends OfProcess {
  readonly program: readonly string[];
  /** Whether a person types into it, on a terminal. */
  readonly interactive: boolean;
}

export interface RunRequest extends OfProcess {
  /** Empty: the process's own command, where it is a one-off. */
  readonly program: readonly string[];
}

export interface ConnectRequest {
  /** Otherwise every transaction begins read-only. */
  readonly write: boolean;
  /** Of psql: `['-c', 'select 1']`. */
  readonly args: readonly string[];
  readonly interactive: boolean;
}

export interface ForwardRequest extends OfProcess {
  /** In the task. */
  readonly port: number;
  /** On this machine, on the loopback interface. */
  readonly localPort: number;
}

/** A port of this machine that leads into the environment until it is closed. */
export interface Tunnel {
  readonly localPort: number;
  /** Resolves when it ends; rejects when it breaks. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** psql, connected to the database of an environment. */
export interface Connection {
  readonly invocation: Invocation;
  /** Ends what leads to the database. */
  close(): Promise<void>;
}

/** What a change says on its way. */
interface Steps {
  step(title: string): void;
  detail(line: string): void;
}

/** How a one-off task ended. */
export interface OneOffEnd {
  readonly process: string;
  readonly task: string;
  readonly exitCode: number;
}

/** Between which counts a process may run. */
export interface ScalingBounds {
  readonly min: number;
  readonly max: number;
  /** Names of the settings that they are from. */
  readonly settings: { readonly min: string; readonly max: string };
  /** How long so many tasks may take to become healthy. */
  readonly seconds: number;
}

/** What people do to a running environment. None of it changes the release or the stack. */
export interface Operations {
  /** How to start a program in a running task. Rejects where that is not possible, and says what is missing. */
  exec(environment: string, request: ExecRequest): Promise<Invocation>;
  /**
   * Runs a program once in a task of its own, of the release and with the variables, secrets and limits of the process,
   * and waits for its end. When `signal` aborts, the task is stopped and this rejects.
   */
  run(environment: string, request: RunRequest, show: (line: string) => void, signal: AbortSignal): Promise<OneOffEnd>;
  connect(environment: string, request: ConnectRequest): Promise<Connection>;
  forward(environment: string, request: ForwardRequest): Promise<Tunnel>;
  /** Values of secrets, as far as this machine has them by itself: on AWS, none is read for it. */
  knownSecrets(environment: string): Promise<readonly string[]>;
  /** What `down` would remove, one line each, as the platform or the state of the stack has it. */
  contents(environment: string): Promise<readonly string[]>;
  /** Whether the load balancer answers with a maintenance page; `undefined`: there is no load balancer. */
  showsMaintenance(environment: string): Promise<boolean | undefined>;
  /**
   * Lets the load balancer answer every request with 503 and this page, instead of the one that it may show. Tasks are
   * checked as before.
   *
   * @returns what of the page the platform cannot say
   */
  showMaintenance(environment: string, page: MaintenancePage): Promise<readonly string[]>;
  hideMaintenance(environment: string): Promise<void>;
  /** Every alarm of the environment; `undefined`: they are switched off. */
  listAlarms(environment: string): Promise<readonly AlarmState[] | undefined>;
  /**
   * Rejects where the platform's alarms cannot be switched.
   *
   * @returns whether that changed anything
   */
  switchAlarms(environment: string, on: boolean, progress: Steps, signal: AbortSignal): Promise<boolean>;
  bounds(environment: string, process: string): Promise<ScalingBounds>;
  /** Tells the platform how many tasks of a process to run, and does not wait for them. */
  scale(environment: string, process: string, count: number): Promise<void>;
}

/** @param process which was asked for */
export function needsProgram(process: string | undefined): UserError {
  return new UserError({
    code: 'PROGRAM_MISSING',
    message:
      process === undefined
        ? 'run needs a program, or the name of a one-off or of a scheduled process.'
        : `${process} neither runs once nor on a schedule, so run needs a program.`,
    rule: 'Processes with `once` or `schedule` in the manifest have a program of their own. Another one is what follows --.',
    remedy: 'Name the program: `-- node dist/reindex.js`.',
  });
}

/**
 * Option of libpq with which every transaction begins read-only. It keeps mistakes from changing data; who means to can
 * switch it off within the session.
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY
 */
export const readOnlyOption = '-c default_transaction_read_only=on';

/** The process that is meant, of those that an environment runs. */
export function chooseProcess(environment: string, names: readonly string[], asked: string | undefined): string {
  const chosen = asked ?? (names.length === 1 ? names[0] : names.find((name) => name === 'api'));
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw new UserError({
    code: 'PROCESS_UNKNOWN',
    message:
      chosen === undefined ? `${environment} runs several processes.` : `${environment} runs no process ${chosen}.`,
    remedy: names.length === 0 ? 'None runs.' : `Name one of: ${names.join(', ')}.`,
  });
}
