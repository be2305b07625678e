import { hostname } from 'node:os';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from '../aws/testing/ministack.ts';
import { rejection } from '../release/testing/rejection.ts';
import { createFixtureProject, type FixtureProject, reasonWithoutCli } from './testing/fixture-project.ts';
import { PulumiWorkspace } from './workspace.ts';

const skipped = (await reasonWithoutCli()) ?? (await reasonWithoutMiniStack());

describe.skipIf(skipped)(`state in a bucket${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: FixtureProject;
  let workspace: PulumiWorkspace;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    await new S3Client({ ...aws.access, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'state' }));
    project = await createFixtureProject();
    const query = `region=eu-central-1&endpoint=127.0.0.1:${aws.port}&disableSSL=true&s3ForcePathStyle=true`;
    workspace = new PulumiWorkspace({
      projectDirectory: project.directory,
      note: () => undefined,
      environmentVariables: {
        ...project.environmentVariables,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        PULUMI_BACKEND_URL: `s3://state/team?${query}`,
      },
    });
    await project.settings('dev', {});
    await workspace.create('dev');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project?.remove();
    await aws?.[Symbol.asyncDispose]();
  });

  test('an update runs, and its lock is seen while it does', async () => {
    const waiting = Promise.withResolvers<void>();
    const update = workspace.up('dev', {
      config: { 'fixture:gate': project.gate },
      say: (line) => line.startsWith('creating') && waiting.resolve(),
    });
    await waiting.promise;
    expect(await workspace.locks('dev')).toEqual([
      { host: hostname(), processId: expect.any(Number), user: expect.any(String), at: expect.any(String) },
    ]);
    expect((await rejection(workspace.up('dev'))).code).toBe('ENVIRONMENT_LOCKED');
    await project.openGate();
    expect((await update).outputs).toEqual({ release: 'built' });
    expect(await workspace.locks('dev')).toEqual([]);
  });
});
