import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeExpiring } from '../program/expiring-environment.ts';
import { reasonWithoutCli } from '../pulumi/testing/fixture-project.ts';
import { recordExpiry } from '../release/expiry.ts';
import { type Candidate, prune } from '../release/prune.ts';
import { up } from '../release/up.ts';
import { openCloudFlow } from './testing/cloud-flow.ts';
import { type CloudProject, createCloudProject } from './testing/cloud-project.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';
import { stubVariables } from './testing/stub-variables.ts';

const skipped = (await reasonWithoutCli()) ?? (await reasonWithoutMiniStack());
const past = '2026-01-01T00:00:00Z';
const future = '2999-01-01T00:00:00Z';

/** The real program in a real Pulumi engine, with a state of its own and MiniStack as the cloud. Tests are in order. */
describe.skipIf(skipped)(`an environment that expires on target aws${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let project: CloudProject;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: true });
    project = await createCloudProject(aws);
    stubVariables(project);
    await project.changeApp({ note: 'of a pull request' });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await project?.remove();
    await aws?.[Symbol.asyncDispose]();
  });

  const command = () => openCloudFlow({ project, aws });
  const run = (candidate: Partial<Candidate> = {}) =>
    prune([{ environment: 'pr-7', lasts: false, ...candidate }], {
      dryRun: false,
      open: async () => command(),
      forget: async () => undefined,
    });

  test('is brought up small, and AWS itself says what it was made from', async () => {
    await writeExpiring(project.directory, 'pr-7', { expires: future, from: 'staging' });
    const flow = command();
    await recordExpiry(flow, 'pr-7', { expires: future, from: 'staging' });
    expect((await up(flow, 'pr-7')).changed).toBe(true);
    const observed = await command().target.observe('pr-7');
    expect(observed?.services.map(({ name, tasks }) => [name, tasks.length])).toEqual([
      ['api', 1],
      ['worker', 1],
    ]);
    expect(await command().target.origin('pr-7')).toEqual({
      state: 'expiring',
      what: 'the cluster nest-fargate-pr-7',
      from: 'staging',
    });
    expect(await command().target.origin('staging')).toEqual({ state: 'absent' });
    expect(project.notes).toEqual([]);
  });

  test('is found without a stack file, and kept while its time has not come', async () => {
    expect(await command().target.expiringNames()).toEqual(['pr-7']);
    expect(await run()).toMatchObject([{ outcome: 'kept', from: 'staging' }]);
  });

  test('is removed when it has expired, by a machine that has another stack file of it, with its stack', async () => {
    await recordExpiry(command(), 'pr-7', { expires: past, from: 'staging' });
    const path = join(project.directory, 'Pulumi.pr-7.yaml');
    // As in a fresh checkout: nothing of how its secrets were encrypted is left.
    await rm(path);
    await writeExpiring(project.directory, 'pr-7', { expires: future, from: 'staging' });
    const text = (await readFile(path, 'utf8')).replace(/^encryptionsalt.*$/m, '');
    await writeFile(path, text);
    expect(await run()).toMatchObject([{ outcome: 'removed' }]);
    expect(existsSync(path)).toBe(true);
    expect(await command().target.origin('pr-7')).toEqual({ state: 'absent' });
    expect(await command().target.expiringNames()).toEqual([]);
    expect(await run()).toEqual([]);
  });
});
