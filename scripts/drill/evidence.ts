import type { NotChecked, Writes } from './journal.ts';
import type { Sent } from './load.ts';

/** Something that happened during a drill. Times are milliseconds since its load began. */
export interface Mark {
  readonly at: number;
  /** By which a promise refers to it. */
  readonly name: MarkName;
  /** As the report shows it. */
  readonly text: string;
}

/** `fault` is what goes wrong, `over` its end where it has one; a command has both its ends. */
export type MarkName = 'fault' | 'over' | 'command' | 'ended' | 'note';

/** What ran at one moment, as the engine says. */
export interface Sample {
  readonly at: number;
  readonly services: readonly SampledService[];
}

export interface SampledService {
  readonly name: string;
  readonly desired: number;
  /** Tasks that run and pass their health checks. */
  readonly ready: number;
  /** Ids of the containers that run and are meant to. */
  readonly containers: readonly string[];
}

/** A `stack` command that a drill ran. */
export interface CommandRun {
  readonly words: readonly string[];
  /** `undefined`: ended by a signal. */
  readonly exitCode: number | undefined;
  readonly json: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

/** A container that ended during a drill, as the engine tells. */
export interface EndedTask {
  readonly service: string;
  readonly container: string;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
}

/** An alarm that began to fire, or ended. */
export interface AlarmChange {
  readonly at: number;
  readonly name: string;
  readonly fires: boolean;
}

/** Everything that was seen during a drill, and nothing that was concluded from it. */
export interface Evidence {
  readonly seconds: number;
  /** How late the load itself was, p99, in milliseconds. */
  readonly lateMs: number;
  readonly sent: readonly Sent[];
  readonly marks: readonly Mark[];
  readonly samples: readonly Sample[];
  readonly commands: readonly CommandRun[];
  readonly ended: readonly EndedTask[];
  /** Absent: nobody asked for them. */
  readonly alarms?: readonly AlarmChange[];
  readonly writes: Writes | NotChecked;
  /** Release that was served before, by its version; `undefined` if the app does not say. */
  readonly versionBefore: string | undefined;
  /** Requests of a drill's own, besides the load: what was asked and how it went. */
  readonly probes: readonly Probe[];
  /** What the drill compared itself: the rows of a restored database, say. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface Probe {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

export function markOf({ marks }: Pick<Evidence, 'marks'>, name: MarkName): Mark | undefined {
  return marks.find((mark) => mark.name === name);
}
