import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStackFile } from '../graph/stack-files.ts';
import { projectDirectory } from '../testing/graph-of.ts';
import { renderSettingsPage } from './page.ts';

function plainValues(environment: string): Record<string, string> {
  const entries = Object.entries(readStackFile(projectDirectory, environment));
  return Object.fromEntries(entries.map(([key, value]) => [key.replace(/^nest-fargate:/, ''), value]));
}

describe('docs/settings.md', () => {
  it('is what the settings say (npx vitest run infra/settings-page -u writes it)', async () => {
    const page = renderSettingsPage({ staging: plainValues('staging'), prod: plainValues('prod') });

    await expect(page).toMatchFileSnapshot(join(projectDirectory, 'docs/settings.md'));
  });
});
