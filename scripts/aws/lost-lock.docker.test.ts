import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reasonWithoutCli } from '../pulumi/testing/fixture-project.ts';
import { rejection } from '../release/testing/rejection.ts';
import { up } from '../release/up.ts';
import { namesOf } from './names.ts';
import { createParameter, deleteParameters, readFolder } from './parameters.ts';
import { type CloudFlow, type CloudFlowOptions, openCloudFlow } from './testing/cloud-flow.ts';
import { type CloudProject, createCloudProject } from './testing/cloud-project.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';
import { stubVariables } from './testing/stub-variables.ts';

const skipped = (await reasonWithoutCli()) ?? (await reasonWithoutMiniStack());
const { lock } = namesOf('staging');

/** A command whose machine slept while another took its lock: one story, told by tests in order. */
describe.skipIf(skipped)(`a lock that is taken${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: CloudProject;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: true });
    project = await createCloudProject(aws);
    stubVariables(project);
    await project.changeApp({ note: 'first' });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project?.remove();
    await aws?.[Symbol.asyncDispose]();
  });

  const command = (options: Partial<CloudFlowOptions> = {}): CloudFlow => openCloudFlow({ project, aws, ...options });
  const outcomes = async () =>
    (await command().target.ledger('staging').list()).map(({ action, outcome }) => `${action} ${outcome}`);

  /** As another machine does two minutes after the last heartbeat. */
  async function take(): Promise<string> {
    const { ssm } = aws.clients;
    const [generation = '', value = ''] = [...(await readFolder(ssm, lock))].at(-1) ?? [];
    const next = `${lock}/${String(Number(generation) + 1).padStart(generation.length, '0')}`;
    const theirs = { ...JSON.parse(value), by: 'ci', host: 'runner-7', machine: 'another', purpose: 'rollback' };
    await createParameter(ssm, next, JSON.stringify(theirs));
    await deleteParameters(ssm, [`${lock}/${generation}`]);
    return next;
  }

  /** Runs an up whose lock is taken when it says this line. */
  async function upTakenAt(line: string): Promise<{ readonly said: readonly string[] }> {
    let taken: Promise<string> | undefined;
    const flow = command({
      onLine: (said) => {
        if (said === line) taken ??= take();
      },
    });
    const failure = await rejection(up(flow, 'staging'));
    expect(failure.code, failure.message).toBe('LOCK_LOST');
    expect(failure.message).toContain('The lock of staging was taken by ci@runner-7');
    await deleteParameters(aws.clients.ssm, [(await taken) ?? '']);
    return flow;
  }

  test('before the first change stops the command there: not even the ledger is written to', async () => {
    const { said } = await upTakenAt('Compare staging with its settings');
    expect(said.some((line) => line.startsWith('Create'))).toBe(false);
    expect(await outcomes()).toEqual([]);
    expect(await command().target.observe('staging')).toBeUndefined();
  });

  test('between two steps stops it before the second, which the next command finishes', async () => {
    const { said } = await upTakenAt('Create the stack staging');
    expect(said).not.toContain('  creating api › ecs/Service api');
    expect(await outcomes()).toEqual(['up started']);

    const { release } = await up(command(), 'staging');
    expect(await outcomes()).toEqual(['up started', 'up failed', 'up started', 'up good']);
    const observed = await command().target.observe('staging');
    expect(observed?.services[0]?.tasks[0]?.digest).toBe(release.digest);
  });
});
