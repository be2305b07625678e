import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const minute = 60_000;

// PULUMI_ERROR_OUTPUT_STRING: an Output in a template literal throws instead of printing itself.
const env = { PULUMI_ERROR_OUTPUT_STRING: '1' };

/**
 * For all but the tests under load, which run alone afterwards. Vitest starts with the project whose name comes first:
 * the tests of Docker, which mostly wait for containers. So there are more lanes than cores, and the others fill them up.
 */
const lanes = Math.max(4, availableParallelism());

/** Tests that need Docker: they bring the engine and the base images about first. */
const onDocker = {
  env,
  globalSetup: ['scripts/testing/docker-setup.ts'],
  testTimeout: 10 * minute,
  hookTimeout: 20 * minute,
};

export default defineConfig({
  test: {
    reporters: ['default', './scripts/testing/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['{infra,scripts,app}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{e2e,docker,load}.test.ts'],
          maxWorkers: lanes,
          // Files share a worker's modules, and what they evaluated of the program: loading both for each file would
          // take most of the time. So no test mocks a module or changes the process for good: shared-worker.test.ts.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: minute,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['app/**/*.e2e.test.ts'],
          globalSetup: ['app/test/support/global-setup.ts'],
          maxWorkers: lanes,
          testTimeout: 60_000,
          hookTimeout: 2 * minute,
        },
      },
      {
        test: {
          ...onDocker,
          name: 'docker',
          include: ['{infra,scripts,app}/**/*.docker.test.ts'],
          // Each file has an instance of its own on the engine.
          maxWorkers: lanes,
        },
      },
      {
        test: {
          ...onDocker,
          name: 'load',
          include: ['{infra,scripts,app}/**/*.load.test.ts'],
          // Alone on the machine: these count failed requests, and two rollouts at once would measure each other.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
