import { CreateLogGroupCommand, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { killEngine, reasonWithoutCli } from '../pulumi/testing/fixture-project.ts';
import { PulumiWorkspace } from '../pulumi/workspace.ts';
import { rejection } from '../release/testing/rejection.ts';
import { up } from '../release/up.ts';
import { namesOf } from './names.ts';
import { describeService, primaryDeployment } from './services.ts';
import { type CloudFlow, type CloudFlowOptions, openCloudFlow } from './testing/cloud-flow.ts';
import { type CloudProject, createCloudProject } from './testing/cloud-project.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';
import { stubVariables } from './testing/stub-variables.ts';

const skipped = (await reasonWithoutCli()) ?? (await reasonWithoutMiniStack());

/** A first update on a day when nothing goes as it should: one story, told by tests in order. */
describe.skipIf(skipped)(`a first up that is killed${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: CloudProject;
  let workspace: PulumiWorkspace;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: true });
    project = await createCloudProject(aws);
    stubVariables(project);
    const { directory: projectDirectory, environmentVariables } = project;
    workspace = new PulumiWorkspace({ projectDirectory, environmentVariables, note: () => undefined });
    await project.changeApp({ note: 'first' });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project?.remove();
    await aws?.[Symbol.asyncDispose]();
  });

  const command = (options: Partial<CloudFlowOptions> = {}): CloudFlow => openCloudFlow({ project, aws, ...options });
  const names = namesOf('staging');

  /** Kills the engine when it says this, while services are created. Its providers notice nothing and finish that. */
  async function upKilledAt(line: string, finished: () => Promise<boolean>): Promise<void> {
    const release = await project.holdServices();
    let killed: Promise<() => void> | undefined;
    const kill = async () => killEngine(((await workspace.locks('staging')) ?? [])[0]?.processId ?? 0);
    const onLine = (said: string) => {
      if (said === line) killed ??= kill();
    };
    const failure = await rejection(up(command({ onLine }), 'staging'));
    expect(failure.code, failure.details).toBe('UPDATE_KILLED');
    await release();
    await expect.poll(finished, { timeout: 60_000, interval: 500 }).toBe(true);
    (await killed)?.();
  }

  test('a registry that an earlier environment left is taken over; a name that is somebody else’s is explained', async () => {
    await aws.clients.ecr.send(
      new CreateRepositoryCommand({
        repositoryName: names.repository,
        tags: Object.entries(names.tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    const logGroupName = names.logGroup('migrate');
    await aws.clients.logs.send(new CreateLogGroupCommand({ logGroupName }));
    const flow = command();
    const failure = await rejection(up(flow, 'staging', { acceptLoss: [], adopt: ['image'] }));
    expect(failure.code, failure.details).toBe('NAME_TAKEN');
    expect(failure.message).toMatch(
      /^migrate › cloudwatch\/LogGroup migrate cannot be created: AWS already has the log group \/ecs\/nest-fargate-staging-migrate, without tags of this project, created at 20\S+\. What runs now: nothing\.$/,
    );
    expect(failure.remedy).toBe(
      'If nobody needs it, delete it and run the command again. Else give the environment another name.',
    );
    expect(failure.details).toContain('The whole output of Pulumi: ');
    expect(flow.said).not.toContain('  creating image › ecr/Repository image');
    const { resources } = await workspace.state('staging');
    expect(resources.find(({ type }) => type === 'aws:ecr/repository:Repository')).toMatchObject({
      urn: 'urn:pulumi:staging::nest-fargate::stack:infra:Image$aws:ecr/repository:Repository::image',
      parent: 'urn:pulumi:staging::nest-fargate::stack:infra:Image::image',
    });
    await aws.clients.logs.send(new DeleteLogGroupCommand({ logGroupName }));
  });

  test('what the next up was killed while creating joins the stack in the one after it', async () => {
    const serves = async (name: string) => {
      const service = await describeService(aws.clients, names.cluster, names.service(name));
      return service !== undefined && primaryDeployment(service)?.rolloutState === 'COMPLETED';
    };
    await upKilledAt('  creating api › ecs/Service api', async () => (await serves('api')) && (await serves('worker')));
    const { pendingOperations } = await workspace.state('staging');
    expect(pendingOperations.map(({ resourceType }) => resourceType)).toContain('aws:ecs/service:Service');

    const flow = command();
    expect((await flow.target.plan('staging')).changes).toContain('= api › ecs/Service api');
    const { release } = await up(flow, 'staging');
    expect(flow.said).toContain(
      '  api › ecs/Service api was created: the ECS service nest-fargate-staging-api joins the stack',
    );
    expect(flow.said).not.toContain('  creating api › ecs/Service api');
    const observed = await command().target.observe('staging');
    expect(new Set(observed?.services.flatMap(({ tasks }) => tasks.map(({ digest }) => digest)))).toEqual(
      new Set([release.digest]),
    );
    expect((await workspace.state('staging')).pendingOperations).toEqual([]);
    expect((await up(command(), 'staging')).changed).toBe(false);
  });
});
