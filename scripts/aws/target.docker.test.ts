import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { killEngine, reasonWithoutCli } from '../pulumi/testing/fixture-project.ts';
import { PulumiWorkspace } from '../pulumi/workspace.ts';
import { history } from '../release/history.ts';
import { type PromoteOptions, promote } from '../release/promote.ts';
import { type RollbackOptions, rollback } from '../release/rollback.ts';
import { rejection } from '../release/testing/rejection.ts';
import { up } from '../release/up.ts';
import { type CloudFlow, type CloudFlowOptions, openCloudFlow } from './testing/cloud-flow.ts';
import { type CloudProject, createCloudProject } from './testing/cloud-project.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';
import { stubVariables } from './testing/stub-variables.ts';

const skipped = (await reasonWithoutCli()) ?? (await reasonWithoutMiniStack());
const silent = { present: () => Promise.resolve(), yes: true, dryRun: false };
const fromStaging: PromoteOptions = {
  ...silent,
  from: 'staging',
  to: 'prod',
  acceptContract: [],
  // The copy of the project is not in a repository.
  allowDirty: 'a test',
  settings: () => Promise.resolve({}),
};
const back: RollbackOptions = silent;

/**
 * Target aws from end to end: the real program in a real Pulumi engine, whose providers make clusters, services, images
 * and parameters in MiniStack; tasks are containers. One story, told by tests in order.
 */
describe.skipIf(skipped)(`target aws${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: CloudProject;
  /** Versions that get ready and then fail their verification. */
  const unwell = new Set<string>();

  beforeAll(async () => {
    aws = await startMiniStack({ containers: true });
    project = await createCloudProject(aws);
    stubVariables(project);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project?.remove();
    await aws?.[Symbol.asyncDispose]();
  });

  /** Each command starts with nothing in memory, as a process does. */
  const command = (options: Partial<CloudFlowOptions> = {}): CloudFlow =>
    openCloudFlow({ project, aws, unwell, ...options });
  const running = async (environment: string) => {
    const observed = await command().target.observe(environment);
    return new Set(observed?.services.flatMap(({ tasks }) => tasks.map(({ digest }) => digest)));
  };
  const outcomes = async (environment: string) =>
    (await command().target.ledger(environment).list()).map(({ action, outcome }) => `${action} ${outcome}`);
  const builds = (flow: CloudFlow) => flow.said.some((line) => line.startsWith('Build'));

  test('the first up makes the stack, builds, migrates, rolls out, verifies and writes it down', async () => {
    await project.changeApp({ note: 'first' });
    const flow = command();
    const result = await up(flow, 'staging');
    expect(result.changed).toBe(true);
    expect(result.release.image).toMatch(/\/nest-fargate-staging@sha256:[0-9a-f]{64}$/);
    expect(await running('staging')).toEqual(new Set([result.release.digest]));
    expect(await outcomes('staging')).toEqual(['up started', 'up good']);
    expect(flow.said).toContain('  created api › ecs/Service api');
  });

  test('a second up changes nothing and says so', async () => {
    const result = await up(command(), 'staging');
    expect(result.changed).toBe(false);
    expect(await outcomes('staging')).toEqual(['up started', 'up good']);
  });

  test('a changed app is rolled out, and only what belongs to the release is touched', async () => {
    await project.changeApp({ note: 'second' });
    const plan = await command().target.plan('staging');
    expect(plan.build).toBe(true);
    expect(plan.changes.map((change) => change.replace(/ \(.*/, ''))).toEqual(
      expect.arrayContaining(['~ image › docker/Image image']),
    );
    const flow = command();
    const { release } = await up(flow, 'staging');
    const touched = flow.said.filter((line) => /^ {2}(updated|created|deleted)/.test(line)).toSorted();
    expect(touched).toEqual([
      '  created the replacement of api › ecs/TaskDefinition api',
      '  created the replacement of migrate › ecs/TaskDefinition migrate',
      '  created the replacement of worker › ecs/TaskDefinition worker',
      '  deleted the replaced api › ecs/TaskDefinition api',
      '  deleted the replaced migrate › ecs/TaskDefinition migrate',
      '  deleted the replaced worker › ecs/TaskDefinition worker',
      '  updated api › ecs/Service api',
      '  updated image › docker/Image image',
      '  updated migrate › dynamic/MigrationRun migrate',
      '  updated worker › ecs/Service worker',
    ]);
    expect(flow.said.filter((line) => line.startsWith('  ECS: '))).not.toEqual([]);
    expect(await running('staging')).toEqual(new Set([release.digest]));
  });

  test('a release whose tasks end is rolled back by ECS; the engine calls that success, and we do not', async () => {
    const before = await running('staging');
    await project.changeApp({ note: 'broken', main: 1 });
    const failure = await rejection(up(command(), 'staging'));
    expect(failure.code).toBe('ROLLED_BACK');
    expect(failure.message).toMatch(
      /nest-fargate-staging-api does not run nest-fargate-staging-api:3: ECS .*keeps serving\.$/,
    );
    expect(failure.details).toContain('api: exit code 1');
    expect(failure.details).toContain('cannot start: DATABASE_HOST is wrong');
    expect(await running('staging')).toEqual(before);
    expect((await outcomes('staging')).at(-1)).toBe('up failed');
  });

  test('a fixed one succeeds, although the state of the engine says what never ran', async () => {
    await project.changeApp({ note: 'fixed' });
    const flow = command();
    const { release } = await up(flow, 'staging');
    expect(flow.said).toContain('Refresh the state of staging, which differs from what exists');
    expect(await running('staging')).toEqual(new Set([release.digest]));
  });

  test('a migration that fails ends the up with its own words and leaves what serves alone', async () => {
    const before = await running('staging');
    await project.changeApp({ note: 'bad migration', migrate: 3 });
    const failure = await rejection(up(command(), 'staging'));
    expect(failure.code).toBe('UPDATE_FAILED');
    expect(failure.message).toContain('The migration failed: exit code 3');
    expect(failure.details).toContain('migrations ended with 3');
    expect(await running('staging')).toEqual(before);
  });

  test('rolls back to the release before without building, and forward again without building', async () => {
    const versions = (await command().target.ledger('staging').list())
      .filter(({ outcome }) => outcome === 'good')
      .map(({ release }) => release.version);
    const flow = command();
    const { release, before } = await rollback(flow, 'staging', back);
    expect([release.version, before?.version]).toEqual([versions.at(-2), versions.at(-1)]);
    expect(builds(flow)).toBe(false);
    expect(await running('staging')).toEqual(new Set([release.digest]));

    await project.changeApp({ note: 'fixed' });
    expect((await rejection(up(command(), 'staging'))).code).toBe('RELEASE_HELD');
    const forward = command();
    const again = await up(forward, 'staging', { acceptLoss: [], acceptRolledBack: 'it was only tried out' });
    expect(again.release.version).toBe(before?.version);
    expect(again.release.digest).toBe(before?.digest);
    expect(builds(forward)).toBe(false);
    expect((await up(command(), 'staging')).changed).toBe(false);
  });

  test('promotes the same digest; what was promoted stays, whatever the work tree holds', async () => {
    const [staging] = await running('staging');
    const { release } = await promote(command(), fromStaging);
    expect(release.digest).toBe(staging);
    expect(await running('prod')).toEqual(new Set([staging]));
    const { imageDetails } = await aws.clients.ecr.send(
      new DescribeImagesCommand({
        repositoryName: 'nest-fargate-staging',
        imageIds: [{ imageDigest: release.digest }],
      }),
    );
    expect(imageDetails?.[0]?.imageTags).toContainEqual(expect.stringMatching(`^keep-prod-${release.version}-`));

    await project.changeApp({ note: 'not for prod yet' });
    const bare = command();
    expect((await up(bare, 'prod')).changed).toBe(false);
    expect(await running('prod')).toEqual(new Set([staging]));
  });

  test('a promotion that fails its verification is rolled back automatically', async () => {
    const before = await running('prod');
    const { release } = await up(command(), 'staging');
    const judged = new Set([release.version]);
    const onProdOnly: CloudFlow = command({ unwell: judged });
    const failure = await rejection(promote(onProdOnly, fromStaging));
    expect(failure.code).toBe('PROMOTION_ROLLED_BACK');
    expect(await running('prod')).toEqual(before);
    expect((await outcomes('prod')).slice(-4)).toEqual([
      'promote started',
      'rollback started',
      'rollback good',
      'promote rolled-back',
    ]);
  });

  test('killed in the middle, an up is settled and finished by the next', async () => {
    await project.changeApp({ note: 'killed' });
    const { environmentVariables, directory } = project;
    const workspace = new PulumiWorkspace({ projectDirectory: directory, environmentVariables, note: () => undefined });
    const kill = async () => {
      const [lock] = (await workspace.locks('staging')) ?? [];
      return killEngine(lock?.processId ?? 0);
    };
    let killed: Promise<() => void> | undefined;
    const failure = await rejection(
      up(
        command({
          onLine: (line) => {
            if (line === '  updating api › ecs/Service api') killed ??= kill();
          },
        }),
        'staging',
      ),
    );
    (await killed)?.();
    expect(failure.code).toBe('UPDATE_KILLED');
    const { release } = await up(command(), 'staging');
    expect(await running('staging')).toEqual(new Set([release.digest]));
    expect((await outcomes('staging')).at(-1)).toBe('up good');
    expect((await history(command().target, 'staging')).disagreement).toBeUndefined();
  });

  test('of two at once, the second is told who holds the environment', async () => {
    await project.changeApp({ note: 'two at once' });
    const underWay = Promise.withResolvers<void>();
    const first = up(
      command({ onLine: (line) => line.startsWith('Compare staging') && underWay.resolve() }),
      'staging',
    );
    await underWay.promise;
    const failure = await rejection(up(command(), 'staging'));
    expect(failure.code).toBe('ENVIRONMENT_LOCKED');
    expect(failure.message).toContain(`(process ${process.pid}): up, since `);
    await first;
  });

  test('an up that is interrupted in the middle rolls back to the previous release', async () => {
    const before = await running('staging');
    await project.changeApp({ note: 'interrupted' });
    const interruption = new AbortController();
    const failure = await rejection(
      up(
        command({
          signal: interruption.signal,
          onLine: (line) => {
            if (line === '  updating api › ecs/Service api') interruption.abort();
          },
        }),
        'staging',
      ),
    );
    expect(failure.code).toBe('INTERRUPTED');
    expect(await running('staging')).toEqual(before);
  });

  test('an alarm that is already firing forbids a rollout, not a rollback', async () => {
    await aws.clients.metrics.send(
      new SetAlarmStateCommand({
        AlarmName: 'nest-fargate-staging-api-5xx',
        StateValue: 'ALARM',
        StateReason: '12 errors in a minute',
      }),
    );
    const failure = await rejection(up(command(), 'staging'));
    expect(failure.code).toBe('PREREQUISITES_UNMET');
    expect(failure.details).toContain('nest-fargate-staging-api-5xx');
    expect((await rollback(command(), 'staging', { ...back, dryRun: true })).dryRun).toBe(true);
  });

  test('what somebody did by hand is found', async () => {
    await aws.clients.ecs.send(
      new UpdateServiceCommand({
        cluster: 'nest-fargate-prod',
        service: 'nest-fargate-prod-api',
        taskDefinition: 'nest-fargate-prod-api:2',
      }),
    );
    expect(await command().target.drift('prod')).toEqual(['~ api › ecs/Service api (taskDefinition)']);
  });

  test('a protected environment is not taken down; another one goes with its history', async () => {
    const failure = await rejection(command().target.down('prod', command().progress));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.code).toBe('DELETION_PROTECTED');

    await command().target.down('staging', command().progress);
    expect(await command().target.observe('staging')).toBeUndefined();
    expect(await outcomes('staging')).toEqual([]);
  });
});
