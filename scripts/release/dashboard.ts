import type { Known } from './known.ts';

/** A part of the program's dashboard, where the program has put it. */
interface Placed {
  readonly title: string;
  /** In units of CloudWatch's grid, which is 24 wide. */
  readonly place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** Figures over time. */
export interface Chart extends Placed {
  readonly kind: 'chart';
  /** What each point is of its period: `Sum`, `Average`, `Maximum`, `p99`, … */
  readonly statistic: string;
  readonly periodSeconds: number;
  /** Names of its lines, in their order. */
  readonly lines: readonly string[];
  /** Lines that nothing measures on this platform, and why. */
  readonly missing: readonly { readonly line: string; readonly reason: string }[];
  /** Where alarms on its figures fire. */
  readonly thresholds: readonly { readonly alarm: string; readonly value: number }[];
}

/** A chart, the state of the program's alarms, what changed the environment when, or what cannot be shown, and why. */
export type Panel =
  | Chart
  | (Placed & ({ readonly kind: 'alarms' | 'changes' } | { readonly kind: 'other'; readonly reason: string }));

/** Seconds since the epoch; both ends belong to it. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Figures of one chart: of each line one for each step of the range, `null` where there is none. */
export type ChartFigures = readonly (readonly (number | null)[])[];

/** The program's dashboard, with figures of this platform. */
export interface Figures {
  readonly panels: readonly Panel[];
  /** For each chart, in the order of the panels. What cannot be read is unknown, and hides nothing else. */
  read(range: TimeRange): Promise<readonly Known<ChartFigures>[]>;
}

/** Where an environment's dashboard is: its own page on the platform, or its figures. */
export type Dashboard = { readonly address: string } | { readonly figures: Figures };
