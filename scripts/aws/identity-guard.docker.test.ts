import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StackState } from '../pulumi/stack-export.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import { systemClock } from '../release/clock.ts';
import { rejection } from '../release/testing/rejection.ts';
import { IdentityGuard } from './identity-guard.ts';
import { namesOf } from './names.ts';
import { readParameter } from './parameters.ts';
import { awsPrerequisites } from './prerequisites.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();

describe.skipIf(skipped)(`the identity of an environment${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: string;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
    project = mkdtempSync(join(tmpdir(), 'identity-'));
    writeFileSync(join(project, 'Pulumi.yaml'), 'name: nest-fargate\n');
  });
  afterAll(async () => {
    rmSync(project, { recursive: true, force: true });
    await aws?.[Symbol.asyncDispose]();
  });

  /** One command: it starts with nothing in memory. */
  const command = (backend: string | undefined, state?: StackState) =>
    new IdentityGuard({
      projectDirectory: project,
      environmentVariables: { PULUMI_HOME: project, PULUMI_BACKEND_URL: backend },
      clients: () => aws.clients,
      workspace: {
        projectName: () => Promise.resolve('nest-fargate'),
        exists: () => Promise.resolve(state !== undefined),
        state: () => Promise.resolve(state ?? { resources: [], pendingOperations: [] }),
      },
    });

  test('is recorded by the first change, and compared by every later command', async () => {
    const first = command('s3://ours');
    await first.check('staging', 'change');
    await first.record('staging');

    await command('s3://ours').check('staging', 'change');
    await command('s3://ours/?region=eu-central-1').check('staging', 'report');
    for (const access of ['change', 'report'] as const) {
      const refused = await rejection(command('file:///tmp/empty').check('staging', access));
      expect(refused.code).toBe('ANOTHER_ENVIRONMENT');
      expect(refused.message).toContain('made with s3://ours, this command uses file:///tmp/empty');
    }
  });

  test('is reported on without a login to Pulumi, and not changed', async () => {
    await command(undefined).check('staging', 'report');
    expect((await rejection(command(undefined).check('staging', 'change'))).code).toBe('ANOTHER_ENVIRONMENT');
  });

  test('is forgotten with the environment', async () => {
    await command('s3://ours').forget('staging');
    expect(await readParameter(aws.clients.ssm, namesOf('staging').identity)).toBeUndefined();
    await command('file:///tmp/empty').check('staging', 'change');
  });

  test('of one that was made before identities were recorded: what the backend does not know is not touched', async () => {
    const names = namesOf('prod');
    await aws.clients.ecs.send(new CreateClusterCommand({ clusterName: names.cluster }));
    await aws.clients.ssm.send(
      new PutParameterCommand({ Name: `${names.ledger}/0000001`, Value: '{}', Type: 'String' }),
    );

    const refused = await rejection(command('file:///tmp/empty').check('prod', 'change'));
    expect(refused.code).toBe('STACK_UNKNOWN_TO_BACKEND');
    expect(refused.message).toContain(`the ECS cluster ${names.cluster} and the release history ${names.ledger}`);

    const arn = `arn:aws:ecs:${aws.clients.region}:000000000000:cluster/${names.cluster}`;
    const known = { urn: 'urn:cluster', type: 'aws:ecs/cluster:Cluster', protect: false, outputs: { arn } };
    await command('s3://ours', { resources: [known], pendingOperations: [] }).check('prod', 'change');
  });

  test('is compared by doctor too, which finds what would stop the next command', async () => {
    const found = (purpose?: 'up') => {
      const workspace = { whoAmI: () => Promise.resolve({ user: 'ada', url: 'file:///tmp/empty' }) };
      const all = awsPrerequisites({
        environment: 'prod',
        purpose,
        workspace: workspace as unknown as PulumiWorkspace,
        options: { projectDirectory: project, environmentVariables: {} },
        clients: () => aws.clients,
        clock: systemClock,
        facts: () => expect.unreachable(),
        secrets: { list: () => Promise.resolve([]) },
        compareEnvironment: () => command('file:///tmp/empty').check('prod', 'change'),
      });
      return all.find(({ name }) => name === 'the same environment in the backend and on AWS');
    };
    await expect(found()?.check()).rejects.toMatchObject({ code: 'STACK_UNKNOWN_TO_BACKEND' });
    // Commands refuse it themselves.
    expect(found('up')).toBeUndefined();
  });
});
