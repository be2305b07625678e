import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPrerequisites } from '../release/prerequisites.ts';
import { projectPrerequisites } from './project-prerequisites.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

describe('projectPrerequisites', () => {
  it.each(['staging', 'prod'])('are met by this project for %s', async (environment) => {
    const checked = await checkPrerequisites(projectPrerequisites(projectDirectory, environment));
    expect(checked.map(({ name, outcome }) => `${outcome}: ${name}`)).toEqual([
      `met: settings of ${environment} and their contract`,
      "met: the app's smoke test",
    ]);
  });

  it('name every setting that cannot be used, and a smoke test that is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'project-'));
    await cp(join(projectDirectory, 'Pulumi.yaml'), join(directory, 'Pulumi.yaml'));
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
