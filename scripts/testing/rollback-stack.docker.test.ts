import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { docker, taskContainers } from './containers.ts';
import { errorOf, releaseOf } from './expectations.ts';

/** A stack that goes back as a whole: release, program and settings. The tests build on each other in order. */
const instance = `t${process.pid}-stack`;

describe('rollback --stack on this machine', () => {
  let checkout: Checkout;
  let firstCommit = '';
  let version = '';

  const git = async (...args: readonly string[]) => (await execa('git', args, { cwd: checkout.directory })).stdout;
  const memoryMiB = async () => {
    const limits = (await taskContainers(instance, 'staging', 'api')).map((id) =>
      docker('inspect', '--format', '{{.HostConfig.Memory}}', id),
    );
    return new Set((await Promise.all(limits)).map((bytes) => Number(bytes) / 1024 ** 2));
  };
  const setMemory = (from: number, to: number) =>
    checkout.edit('Pulumi.staging.yaml', (text) => text.replace(`apiMemoryMiB: ${from}`, `apiMemoryMiB: ${to}`));

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    await checkout.configure('staging', { apiDesiredCount: '1', worker: 'off', valkey: 'off' });
    await checkout.commit('One task');
    firstCommit = await git('rev-parse', 'HEAD');
    version = releaseOf(await checkout.stack('up', 'staging')).version;
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('restores the settings and the program of that commit, and touches no file of the work tree', async () => {
    expect(await memoryMiB()).toEqual(new Set([512]));
    await setMemory(512, 1024);
    await checkout.edit('app/stack.app.ts', (text) =>
      text.replace("NODE_ENV: 'production'", "NODE_ENV: 'production', EXTRA: '1'"),
    );
    await checkout.commit('More memory, another variable');
    expect(await checkout.stack('up', 'staging')).toMatchObject({
      exitCode: 0,
      json: { changed: true, release: { version } },
    });
    await expect.poll(memoryMiB, { timeout: 90_000 }).toEqual(new Set([1024]));

    const back = await checkout.stack('rollback', 'staging', '--stack', '--yes');
    expect(releaseOf(back).version).toBe(version);
    expect(back.json).toMatchObject({ changed: true, programCommit: firstCommit });
    await expect.poll(memoryMiB, { timeout: 90_000 }).toEqual(new Set([512]));
    const [container = ''] = await taskContainers(instance, 'staging', 'api');
    expect(await docker('inspect', '--format', '{{.Config.Env}}', container)).not.toContain('EXTRA=1');
    expect(await git('status', '--porcelain', '--untracked-files=no')).toBe('');
    expect((await git('worktree', 'list')).split('\n')).toHaveLength(1);
  });

  it('refuses what would be without its data, whatever was approved', async () => {
    await checkout.edit('Pulumi.staging.yaml', (text) => `${text}\n  nest-fargate:databaseEngineVersion: "16"\n`);
    const refused = errorOf(await checkout.stack('up', 'staging'));
    expect(refused).toMatchObject({ code: 'DATA_WOULD_BE_LOST', details: expect.stringContaining('Postgres 17') });
  });

  it('refuses a program that was never committed, and names the way without it', async () => {
    await git('checkout', '--quiet', '--', 'Pulumi.staging.yaml');
    await setMemory(1024, 2048);
    expect((await checkout.stack('up', 'staging')).exitCode).toBe(0);
    await git('checkout', '--quiet', '--', 'Pulumi.staging.yaml');
    expect((await checkout.stack('up', 'staging')).exitCode).toBe(0);
    const refused = errorOf(await checkout.stack('rollback', 'staging', '--stack', '--yes'));
    expect(refused).toMatchObject({
      code: 'PROGRAM_NOT_COMMITTED',
      remedy: expect.stringContaining('omit --stack'),
    });
  });
});
