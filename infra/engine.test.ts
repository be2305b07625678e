import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, hasPulumi, startEngine } from './testing/engine.ts';

const minutes = 60_000;

function release(digit: string): string {
  const digest = `sha256:${digit.repeat(64)}`;
  const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-staging@${digest}`;
  return JSON.stringify({ version: `0.1.0-${digit.repeat(12)}`, image, digest, commit: 'unknown', migrations: [] });
}

/**
 * One stack through its life in a real Pulumi engine, with fake providers: what the mocks cannot show is
 * whether it converges, in which order things come and go, and that a preview does nothing.
 */
describe.skipIf(!hasPulumi())('in a real engine (needs the pulumi CLI)', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine();
  }, minutes);

  afterAll(() => engine.close());

  it('a preview does nothing', { timeout: 2 * minutes }, async () => {
    const { exitCode, output } = await engine.run('preview', '--stack', 'staging');

    expect(output).toContain('142 to create');
    expect(exitCode).toBe(0);
    expect(engine.journal()).toEqual([]);
    expect(engine.ecsCalls()).toEqual([]);
  });

  it('an update migrates before the first service starts', { timeout: 2 * minutes }, async () => {
    await engine.run('config', 'set', 'release', release('1'), '--stack', 'staging');
    const { exitCode, output } = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');

    expect(output).toContain('141 created');
    expect(exitCode).toBe(0);
    expect(engine.ecsCalls()).toEqual(['ListTasks', 'RunTask', 'DescribeTasks']);
    const journal = engine.journal();
    const at = (entry: string) => {
      expect(journal).toContain(entry);
      return journal.indexOf(entry);
    };
    const service = at('create aws:ecs/service:Service api');
    expect(at('create aws:rds/instance:Instance database')).toBeLessThan(service);
    expect(at('create aws:lb/listener:Listener edge-http')).toBeLessThan(service);
    expect(at('create aws:ecs/taskDefinition:TaskDefinition migrate')).toBeLessThan(service);
    expect(at('create aws:secretsmanager/secretVersion:SecretVersion app-password')).toBeLessThan(service);
    expect(at('create aws:elasticache/replicationGroup:ReplicationGroup valkey')).toBeLessThan(service);
    expect(at('create aws:ssm/parameter:Parameter delivery-ledger')).toBeGreaterThan(service);
  });

  it('a second update changes nothing, whatever password AWS would generate now', {
    timeout: 2 * minutes,
  }, async () => {
    const { exitCode, output } = await engine.run(
      'up',
      '--yes',
      '--skip-preview',
      '--expect-no-changes',
      '--stack',
      'staging',
    );

    expect(output).toContain('141 unchanged');
    expect(exitCode).toBe(0);
    expect(engine.journal()).toEqual([]);
    expect(engine.ecsCalls()).toEqual([]);
  });

  it('another release touches task definitions, migration and service only', { timeout: 2 * minutes }, async () => {
    await engine.run('config', 'set', 'release', release('2'), '--stack', 'staging');
    const { exitCode } = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');

    expect(exitCode).toBe(0);
    expect(engine.ecsCalls()).toEqual(['ListTasks', 'RunTask', 'DescribeTasks']);
    expect(engine.journal().toSorted()).toEqual([
      'create aws:ecs/taskDefinition:TaskDefinition api',
      'create aws:ecs/taskDefinition:TaskDefinition migrate',
      'create aws:ecs/taskDefinition:TaskDefinition worker',
      'delete aws:ecs/taskDefinition:TaskDefinition api',
      'delete aws:ecs/taskDefinition:TaskDefinition migrate',
      'delete aws:ecs/taskDefinition:TaskDefinition worker',
      'update aws:ecs/service:Service api',
      'update aws:ecs/service:Service worker',
    ]);
  });

  it('a promoted environment keeps running what was pinned', { timeout: 2 * minutes }, async () => {
    await engine.run('config', 'rm', 'release', '--stack', 'staging');
    await engine.run('config', 'set', 'releaseSource', 'promoted', '--stack', 'staging');
    const { exitCode } = await engine.run('up', '--yes', '--skip-preview', '--expect-no-changes', '--stack', 'staging');

    expect(exitCode).toBe(0);
    expect(engine.journal()).toEqual([]);
    expect(engine.ecsCalls()).toEqual([]);
  });

  it('a migration that fails ends the update with its log and leaves the service alone', {
    timeout: 2 * minutes,
  }, async () => {
    engine.setMigration(3, ['applying 20261201T0900-add-due-date', 'column "due" already exists']);
    await engine.run('config', 'set', 'release', release('3'), '--stack', 'staging');
    const failed = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');

    expect(failed.exitCode).not.toBe(0);
    expect(failed.output).toContain('The migration failed: exit code 3');
    expect(failed.output).toContain('column "due" already exists');
    expect(engine.journal()).not.toContain('update aws:ecs/service:Service api');
    engine.ecsCalls();

    engine.setMigration(0, []);
    const repeated = await engine.run('up', '--yes', '--skip-preview', '--stack', 'staging');

    expect(repeated.exitCode).toBe(0);
    expect(engine.ecsCalls()).toContain('RunTask');
    expect(engine.journal()).toContain('update aws:ecs/service:Service api');
  });

  it('a setting under another namespace is refused', { timeout: 2 * minutes }, async () => {
    await engine.run('config', 'set', 'nest-fargte:apiMemoryMiB', '1024', '--stack', 'staging');
    const { exitCode, output } = await engine.run('preview', '--stack', 'staging');
    await engine.run('config', 'rm', 'nest-fargte:apiMemoryMiB', '--stack', 'staging');

    expect(exitCode).not.toBe(0);
    expect(output).toContain('nest-fargte:apiMemoryMiB is "1024", under the namespace nest-fargte');
    expect(engine.journal()).toEqual([]);
  });

  it('a wrong setting is refused before anything is registered', { timeout: 2 * minutes }, async () => {
    await engine.run('config', 'set', 'apiMemoryMiB', '700', '--stack', 'staging');
    const { exitCode, output } = await engine.run('preview', '--stack', 'staging');
    await engine.run('config', 'set', 'apiMemoryMiB', '512', '--stack', 'staging');

    expect(exitCode).not.toBe(0);
    expect(output).toContain('C19: Fargate supports the combination of CPU units and memory');
    expect(output).toContain('700 MiB with 256 CPU units, which support 512, 1024, 2048');
    expect(engine.journal()).toEqual([]);
  });

  it('destroying it takes the service first and what it needs after it', { timeout: 2 * minutes }, async () => {
    const { exitCode } = await engine.run('destroy', '--yes', '--skip-preview', '--stack', 'staging');

    expect(exitCode).toBe(0);
    const journal = engine.journal();
    const service = journal.indexOf('delete aws:ecs/service:Service api');
    expect(service).toBeGreaterThanOrEqual(0);
    for (const needed of [
      'delete aws:rds/instance:Instance database',
      'delete aws:elasticache/replicationGroup:ReplicationGroup valkey',
      'delete aws:lb/targetGroup:TargetGroup edge',
      'delete aws:lb/loadBalancer:LoadBalancer edge',
      'delete aws:ecs/cluster:Cluster cluster',
      'delete aws:iam/rolePolicy:RolePolicy api-execution',
    ]) {
      expect(journal.indexOf(needed), needed).toBeGreaterThan(service);
    }
    expect(engine.ecsCalls()).toEqual([]);
  });
});
