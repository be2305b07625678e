import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { type Closing, closingLines } from './closing-lines.ts';

/** Names the file that gets the result instead of stdout: of who has more runs than one, or something else to say. */
export const closingFileVariable = 'STACK_CLOSING_FILE';

/**
 * Closes a run with the reasons of what was skipped, the tests that needed their second attempt, and one plain line that
 * people and CI can read.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skips = new Map<string, number>();
    const flaky: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      // A hook that fails leaves its tests skipped: they count as failed, for nobody meant to leave them out.
      const brokenSuite = !module.ok() && tests.every((test) => test.result().state !== 'failed');
      if (tests.length === 0 && brokenSuite) counts.failed += 1;
      for (const test of tests) {
        const state = test.result().state;
        if (test.diagnostic()?.flaky === true) {
          flaky.push(`${module.relativeModuleId}: ${test.fullName}${firstFailure(test)}`);
        }
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed' || brokenSuite) counts.failed += 1;
        else {
          counts.skipped += 1;
          const reason = skipReason(test);
          skips.set(reason, (skips.get(reason) ?? 0) + 1);
        }
      }
    }
    counts.failed += unhandledErrors.length;
    const closing: Closing = { ...counts, reasons: Object.fromEntries(skips), retried: flaky };
    const file = process.env[closingFileVariable];
    if (file === undefined) process.stdout.write(`${['', ...closingLines(closing)].join('\n')}\n`);
    else writeFileSync(file, JSON.stringify(closing));
  }
}

const shownLines = 40;

/** Why the first attempt failed: without it, nobody could look for the cause. */
function firstFailure(test: TestCase): string {
  const lines = (test.result().errors?.[0]?.message ?? '').split('\n');
  return lines
    .slice(0, shownLines)
    .map((line) => `\n    ${line}`)
    .join('');
}

/** A single test gives its reason as a note; a suite that is skipped as a whole has it in its name. */
function skipReason(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note === undefined ? (test.fullName.split(' > ')[0] ?? test.fullName) : `${test.fullName}: ${note}`;
}
