import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSettingsPage } from '../../infra/settings/page.ts';
import { renderProjectFile } from './project-file.ts';

/** The files that are generated from infra/settings/keys, by their path in the project. */
export function settingsPages(projectDirectory: string): Readonly<Record<string, string>> {
  return {
    'Pulumi.yaml': renderProjectFile(readFileSync(join(projectDirectory, 'Pulumi.yaml'), 'utf8')),
    'docs/settings.md': renderSettingsPage(),
  };
}
