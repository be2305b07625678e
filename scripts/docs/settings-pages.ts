import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProjectFile } from '../../infra/graph/stack-files.ts';
import { renderSettingsPage } from '../../infra/settings/page.ts';
import { renderProjectFile } from './project-file.ts';

/** The files that are generated from infra/settings/keys, by their path in the project. */
export function settingsPages(projectDirectory: string): Readonly<Record<string, string>> {
  const { name } = readProjectFile(projectDirectory);
  return {
    'Pulumi.yaml': renderProjectFile(readFileSync(join(projectDirectory, 'Pulumi.yaml'), 'utf8')),
    'docs/settings.md': renderSettingsPage(name),
  };
}
