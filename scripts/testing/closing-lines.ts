/** What a run of tests came to. */
export interface Closing {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Reasons, and how many tests were skipped for each. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Tests that passed only at their second attempt, with why the first one failed. */
  readonly retried: readonly string[];
}

/** Several runs as one. */
export function together(all: readonly Closing[]): Closing {
  const sum = (count: (one: Closing) => number) => all.reduce((total, one) => total + count(one), 0);
  const reasons = new Map<string, number>();
  for (const [reason, count] of all.flatMap((one) => Object.entries(one.reasons))) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    reasons: Object.fromEntries(reasons),
    retried: all.flatMap(({ retried }) => retried),
  };
}

/** The last one is plain, for people and CI: `N passed, N failed, N skipped`. */
export function closingLines({ passed, failed, skipped, reasons, retried }: Closing): readonly string[] {
  return [
    ...Object.entries(reasons).map(([reason, count]) => `skipped (${count}): ${reason}`),
    ...retried.map((name) => `passed only at the second attempt: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped} skipped`,
  ];
}

/** Of a run that ended without saying what it came to: nobody knows what passed, so it counts as failed. */
export const withoutResult: Closing = { passed: 0, failed: 1, skipped: 0, reasons: {}, retried: [] };
