import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Closes a run with the reasons of what was skipped and one plain line that people and CI can read. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skips: string[] = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (tests.length === 0 && !module.ok()) counts.failed += 1;
      for (const test of tests) {
        const state = test.result().state;
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else {
          counts.skipped += 1;
          skips.push(`skipped: ${test.fullName}: ${skipReason(test)}`);
        }
      }
    }
    counts.failed += unhandledErrors.length;
    const closing = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    process.stdout.write(`${['', ...skips, closing].join('\n')}\n`);
  }
}

function skipReason(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'no reason given';
}
