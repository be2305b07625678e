import type { Clock } from './clock.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Signing } from './release-signature.ts';
import type { Progress, Target } from './target.ts';

/** Asks a person. If nobody can answer, both methods reject with a UserError that names the option to use instead. */
export interface Prompt {
  /** Whether the answer was yes. */
  approve(question: string): Promise<boolean>;
  /** The value of the chosen option; `undefined` if the person cancelled. */
  choose(question: string, options: readonly Choice[]): Promise<string | undefined>;
  /** Whether anybody can answer. */
  readonly interactive: boolean;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  /** Shown, but not selectable. */
  readonly disabled: boolean;
}

/** The app's own smoke test: a write, a read and a delete through its public API. Rejects with the reason. */
export type SmokeTest = (access: {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}) => Promise<void>;

/** Where the app answers whoever verifies it, as its manifest says. */
export interface VerifiedPaths {
  readonly liveness: string;
  readonly readiness: string;
  /** Absent: which release answers cannot be told. */
  readonly version?: string;
  /** Of other processes behind the same load balancer; the paths that their routes let through. */
  readonly others?: readonly RoutedPaths[];
}

export interface RoutedPaths {
  readonly process: string;
  readonly readiness?: string;
  readonly version?: string;
  /** Why something of it cannot be asked at this URL. */
  readonly unreachable?: string;
}

/** What every flow gets: the platform and the outside world. A flow uses nothing else. */
export interface Flow {
  readonly target: Target;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly prompt: Prompt;
  readonly paths: VerifiedPaths;
  /** Absent: the app has none. */
  readonly smoke?: SmokeTest;
  /** Who runs the command, for the ledger. */
  readonly by: string;
  /** Absent: nothing is signed, and no signature asked for. */
  readonly signing?: Signing;
  /** Tells others how an attempt ended; never rejects. Absent: nobody is told. */
  readonly announce?: (entry: LedgerEntry) => Promise<void>;
  /** Identifies an attempt in the ledger. */
  readonly newAttemptId: () => string;
  /** Aborts when a person or the CI job interrupts the command. */
  readonly signal: AbortSignal;
}
