import { defineConfig } from 'vitest/config';

const minute = 60_000;

// PULUMI_ERROR_OUTPUT_STRING: an Output in a template literal throws instead of printing itself.
const env = { PULUMI_ERROR_OUTPUT_STRING: '1' };

export default defineConfig({
  test: {
    reporters: ['default', './scripts/testing/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['{infra,scripts,app}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{e2e,docker}.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['app/**/*.e2e.test.ts'],
          globalSetup: ['app/test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 2 * minute,
        },
      },
      {
        test: {
          name: 'docker',
          env,
          include: ['{infra,scripts,app}/**/*.docker.test.ts'],
          globalSetup: ['scripts/testing/docker-setup.ts'],
          testTimeout: 10 * minute,
          hookTimeout: 20 * minute,
          // One machine, one Swarm: two rollouts at once would measure each other.
          fileParallelism: false,
          // And after the others: they would slow down what is timed here.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
