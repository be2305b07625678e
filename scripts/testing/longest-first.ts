import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, the longest first within their project. The others keep the order that Vitest gives them,
 * which without the durations of an earlier run goes by the size of the file.
 */
export const longest: readonly string[] = [
  'scripts/testing/promotion.docker.test.ts',
  'scripts/testing/killed-cli.docker.test.ts',
  'scripts/testing/nest-prisma.docker.test.ts',
  'scripts/drill/sabotage.docker.test.ts',
  'scripts/testing/other-app.docker.test.ts',
  'scripts/testing/emulated-resources.docker.test.ts',
  'scripts/testing/several-processes.docker.test.ts',
  'scripts/testing/monorepo.docker.test.ts',
  'scripts/conformance/broken-promises.docker.test.ts',
  'scripts/local/apply/worker.docker.test.ts',
  'scripts/testing/realtime.docker.test.ts',
  'scripts/testing/rollback-stack.docker.test.ts',
  'scripts/testing/promotion-chain.docker.test.ts',
  'scripts/local/backups/backups.docker.test.ts',
  'scripts/testing/express-app.docker.test.ts',
  'scripts/local/environment.docker.test.ts',
  'scripts/testing/expiring.docker.test.ts',
  'scripts/testing/maintenance.docker.test.ts',
  'scripts/testing/secrets.docker.test.ts',
  'scripts/local/database.docker.test.ts',
  'scripts/testing/load-balancer.docker.test.ts',
  'scripts/local/apply/valkey.docker.test.ts',
  'app/test/bad-day.e2e.test.ts',
  'app/test/worker.e2e.test.ts',
  'app/test/worker-webhooks.e2e.test.ts',
  'app/test/mails.e2e.test.ts',
  'app/test/readiness.e2e.test.ts',
  'app/test/openapi.e2e.test.ts',
  'scripts/audit/audit.test.ts',
  'infra/delivery/permissions/least-privilege.test.ts',
  'scripts/commands/swallowed-flags.test.ts',
];

/** Starts what takes longest first: a lane that begins it last ends long after the others. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const given = await super.sort(files);
    const projects = [...new Set(given.map(({ project }) => project))];
    return projects.flatMap((project) =>
      given.filter((file) => file.project === project).toSorted((one, other) => rankOf(one) - rankOf(other)),
    );
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
  return rank < 0 ? longest.length : rank;
}
