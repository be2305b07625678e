import type { Facts } from './facts.ts';
import { alarmFires, type Clause } from './promise.ts';
import type { Stage } from './stage.ts';

/** One thing that goes wrong on purpose, and what is promised of it. */
export interface Drill {
  readonly name: string;
  /** What happens, in one sentence. */
  readonly title: string | ((facts: Facts) => string);
  /** What `--sabotage` weakens on purpose: the promise must then be broken. */
  readonly sabotage: string;
  /** Why this environment has nothing to drill; `undefined` if it has. */
  readonly absent?: (facts: Facts) => string | undefined;
  /** Deploys releases of its own, which an environment that is not the drill's does not get. */
  readonly deploys: boolean;
  /** Stated before it begins. */
  readonly promise: (facts: Facts) => readonly Clause[];
  /** Alarms of the program that must fire; they are switched on for it. Absent: the drill is about none. */
  readonly alarms?: (facts: Facts) => readonly string[];
  /** Before the load. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  /** Under load. Ends when there is nothing more to wait for; what was seen is judged by the promise. */
  readonly run: (stage: Stage) => Promise<void>;
  /** After the load, whatever happened. */
  readonly restore?: (stage: Stage) => Promise<void>;
}

/** What happens in a drill, in an environment. */
export function titleOf({ title }: Pick<Drill, 'title'>, facts: Facts): string {
  return typeof title === 'string' ? title : title(facts);
}

/** What is promised of a drill: its own promise, and that its alarms fire. */
export function clausesOf({ promise, alarms }: Pick<Drill, 'promise' | 'alarms'>, facts: Facts): readonly Clause[] {
  return [...promise(facts), ...(alarms?.(facts) ?? []).map(alarmFires)];
}

/** A drill that target local has nothing for. */
export interface Unrealised {
  readonly name: string;
  readonly title: string;
  readonly because: string;
}
