import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { fixtureProject, projectDirectory } from '../../infra/testing/graph-of.ts';
import { listEnvironments } from '../program/environments.ts';
import { checkPrerequisites } from '../release/prerequisites.ts';
import { projectPrerequisites } from './project-prerequisites.ts';

/** Of whoever uses this project, as in own-stack-files.test.ts. */
const environments = await listEnvironments(projectDirectory);

describe('projectPrerequisites', () => {
  it.each(environments)('are met by this project for %s', async (environment) => {
    const checked = await checkPrerequisites(projectPrerequisites(projectDirectory, environment));
    expect(checked.slice(0, 2).map(({ name, outcome }) => `${outcome}: ${name}`)).toEqual([
      `met: settings of ${environment} and their contract`,
      "met: the app's smoke test",
    ]);
  });

  it('say what a release and the program would be recorded as, and why not as a commit', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'project-'));
    for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml']) {
      await cp(join(fixtureProject, file), join(directory, file));
    }
    for (const file of ['.dockerignore', 'app', 'infra']) {
      const filter = (path: string) => !path.includes('node_modules');
      await cp(join(projectDirectory, file), join(directory, file), { recursive: true, filter });
    }
    const asked = projectPrerequisites(directory, 'staging').filter(({ name }) => name.startsWith('commit of '));
    const commits = () => checkPrerequisites(asked);
    expect(await commits()).toMatchObject([
      { outcome: 'unknown', reason: expect.stringContaining('is not in a git repository: git init') },
      { outcome: 'unknown', reason: expect.stringContaining('is not in a git repository: git init') },
    ]);
    const git = async (...args: readonly string[]) => {
      const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid'];
      return (await execa('git', [...author, ...args], { cwd: directory })).stdout;
    };
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'First');
    const commit = (await git('rev-parse', 'HEAD')).slice(0, 12);
    await writeFile(join(directory, 'app/src/new.ts'), '');
    expect(await commits()).toMatchObject([
      {
        outcome: 'met',
        value: expect.stringMatching(
          new RegExp(`^\\d.* from ${commit}-dirty: .*because .*: app/src/new.ts is not committed\\.$`),
        ),
      },
      { outcome: 'met', value: commit },
    ]);
  });

  it('name every setting that cannot be used, and a smoke test that is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'project-'));
    await cp(join(fixtureProject, 'Pulumi.yaml'), join(directory, 'Pulumi.yaml'));
    const lines = [
      'config:',
      '  aws:region: eu-central-1',
      '  nest-fargate:apiMemoryMiB: lots',
      '  nest-fargate:natGatways: none',
    ];
    await writeFile(join(directory, 'Pulumi.test.yaml'), lines.join('\n'));
    await cp(join(projectDirectory, 'scripts/testing/plain-app/stack.app.ts'), join(directory, 'app/stack.app.ts'));
    const [settings, smoke] = await checkPrerequisites(projectPrerequisites(directory, 'test'));
    expect(settings).toMatchObject({ outcome: 'unmet' });
    expect(settings?.reason).toMatch(/^2 settings of test are invalid:\n/);
    expect(settings?.reason).toContain('apiMemoryMiB is "lots"');
    expect(settings?.reason).toContain('natGatways is "none"');
    expect(smoke).toMatchObject({ outcome: 'unmet', reason: 'There is no smoke test app/smoke.js.' });
  });
});
