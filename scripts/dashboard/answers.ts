import type { ReadLine } from '../output/log-line.ts';
import type { AlarmState } from '../release/alarm-states.ts';
import type { Change } from '../release/changes.ts';
import type { ChartFigures, Panel, TimeRange } from '../release/dashboard.ts';
import type { Known } from '../release/known.ts';
import type { Status } from '../release/status.ts';

/** What the page is, and does not change while it is open. */
export interface Outline {
  readonly environment: string;
  readonly target: string;
  readonly panels: readonly Panel[];
  /** How long until all requests reach the new tasks of a rollout here; absent: not known. */
  readonly rolloutSeconds?: number;
}

/** What runs, and what was done to it. */
export interface Now {
  readonly status: Status;
  /** Latest first. */
  readonly changes: Known<readonly Change[]>;
  /** `null`: nothing evaluates them. */
  readonly alarms: Known<readonly AlarmState[] | null>;
}

export interface Charts {
  readonly range: TimeRange;
  /** In the order of the panels that are charts. */
  readonly figures: readonly Known<ChartFigures>[];
}

/** Latest first. */
export type Failures = Known<readonly ReadLine[]>;

/** All lines of one correlation id, oldest first. */
export interface Trace {
  readonly correlationId: string;
  readonly lines: Known<readonly ReadLine[]>;
}
