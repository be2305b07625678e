import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/testing/longest-first.ts';

const minute = 60_000;

// PULUMI_ERROR_OUTPUT_STRING: an Output in a template literal throws instead of printing itself.
const env = { PULUMI_ERROR_OUTPUT_STRING: '1' };

// Vitest leaves one core to itself, which on two cores is half of the machine; and the e2e tests wait half of the time.
const workers = Math.max(3, availableParallelism() - 1);

/**
 * These start processes and wait for them: where the machine stalls for seconds, a deadline of the software under test
 * can pass by itself. What passes only then is named at the end of the run.
 */
const onProcesses = { retry: 1 };

/** Tests that need Docker: they bring the engine and the base images about first. */
const onDocker = {
  ...onProcesses,
  env,
  globalSetup: ['scripts/testing/docker-setup.ts'],
  testTimeout: 10 * minute,
  hookTimeout: 20 * minute,
};

export default defineConfig({
  test: {
    reporters: ['default', './scripts/testing/closing-line-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['{infra,scripts,app,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{e2e,docker,load}.test.ts'],
          maxWorkers: workers,
          // Files share a worker's modules, and what they evaluated of the program: loading both for each file would
          // take most of the time. So no test mocks a module or changes the process for good: shared-worker.test.ts.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: minute,
        },
      },
      {
        test: {
          ...onProcesses,
          name: 'e2e',
          include: ['app/**/*.e2e.test.ts'],
          globalSetup: ['app/test/support/global-setup.ts'],
          maxWorkers: workers,
          testTimeout: 60_000,
          hookTimeout: 2 * minute,
        },
      },
      {
        test: {
          ...onDocker,
          name: 'docker',
          include: ['{infra,scripts,app}/**/*.docker.test.ts'],
          // Two lanes, and what `npm test` runs beside them: a third lane leaves so little CPU that apps under load fail their
          // health checks.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...onDocker,
          name: 'load',
          include: ['{infra,scripts,app}/**/*.load.test.ts'],
          // Alone on the machine: these count failed requests, and two rollouts at once would measure each other.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
