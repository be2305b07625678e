import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProjectFile, readStackFile } from '../../infra/graph/stack-files.ts';
import { renderSettingsPage } from '../../infra/settings/page.ts';
import { renderProjectFile } from './project-file.ts';

const environments = ['staging', 'prod'];

/** The files that are generated from infra/settings/keys, by their path in the project. */
export function settingsPages(projectDirectory: string): Readonly<Record<string, string>> {
  const { name } = readProjectFile(projectDirectory);
  const plainValues = (environment: string) =>
    Object.fromEntries(
      Object.entries(readStackFile(projectDirectory, environment)).map(([key, value]) => [
        key.startsWith(`${name}:`) ? key.slice(name.length + 1) : key,
        value,
      ]),
    );
  const values = environments.map((environment) => [environment, plainValues(environment)] as const);
  return {
    'Pulumi.yaml': renderProjectFile(readFileSync(join(projectDirectory, 'Pulumi.yaml'), 'utf8')),
    'docs/settings.md': renderSettingsPage(name, Object.fromEntries(values)),
  };
}
