import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, hasPulumi, startEngine } from './testing/engine.ts';
import { existingDatabase, existingListener, existingVpcBehindListener } from './testing/existing.ts';

const minutes = 60_000;

const release = JSON.stringify({
  version: '0.1.0-111111111111',
  image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-staging@sha256:${'1'.repeat(64)}`,
  digest: `sha256:${'1'.repeat(64)}`,
  commit: 'unknown',
  migrations: [],
});

/** Everything that can exist already, over the stack file of the tests. */
const existing = {
  release,
  vpcCidr: '10.0.0.0/16',
  natGateways: 'single',
  databaseFinalSnapshot: 'true',
  accessLogRetentionDays: '30',
  ...existingVpcBehindListener,
  ...existingListener,
  ...existingDatabase,
  existingDatabaseSecurityGroupId: 'sg-1a2b3c4d',
  existingClusterArn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared',
};

/** Types of what exists: the stack has none of them. */
const theirs = /(ec2[:/](vpc|subnet|natGateway|routeTable)|lb\/loadBalancer|lb\/listener:|rds\/|ecs\/cluster|acm\/)/i;

describe.skipIf(!hasPulumi())('existing resources in a real engine (needs the pulumi CLI)', () => {
  let engine: Engine;
  let created: readonly string[];

  beforeAll(async () => {
    engine = await startEngine();
    const values = Object.entries(existing).flatMap(([key, value]) => ['--plaintext', `${key}=${value}`]);
    const { exitCode, output } = await engine.run('config', 'set-all', ...values, '--stack', 'staging');
    if (exitCode !== 0) throw new Error(output);
  }, minutes);

  afterAll(() => engine.close());

  it('are used by an update, and not created', { timeout: 2 * minutes }, async () => {
    const { exitCode, output } = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');
    created = engine.journal();

    expect(exitCode, output).toBe(0);
    expect(created).toContain('create aws:lb/listenerRule:ListenerRule edge');
    expect(created).toContain('create aws:ecs/service:Service api');
    expect(created.filter((entry) => theirs.test(entry))).toEqual([]);
    expect(engine.ecsCalls()).toEqual(['ListTasks', 'RunTask', 'DescribeTasks']);
  });

  it('change nothing in a second update', { timeout: 2 * minutes }, async () => {
    const again = await engine.run('up', '--yes', '--skip-preview', '--expect-no-changes', '--stack', 'staging');

    expect(again.exitCode, again.output).toBe(0);
    expect(engine.journal()).toEqual([]);
  });

  it('stay when the environment goes: what is deleted is what was created', { timeout: 2 * minutes }, async () => {
    const { exitCode, output } = await engine.run('destroy', '--yes', '--skip-preview', '--stack', 'staging');

    expect(exitCode, output).toBe(0);
    const deleted = engine.journal().map((entry) => entry.replace(/^delete /, 'create '));
    expect(deleted.filter((entry) => !created.includes(entry))).toEqual([]);
    expect(deleted).toContain('create aws:lb/listenerRule:ListenerRule edge');
  });
});
