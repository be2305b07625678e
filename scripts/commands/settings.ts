import { encrypted, readConfig, readProjectFile } from '../../infra/graph/stack-files.ts';
import type { SettingValues } from '../release/difference.ts';

/** Settings of an environment by their plain names, as the program would get them; encrypted values as a placeholder. */
export function readSettingValues(projectDirectory: string, environment: string): SettingValues {
  const { name } = readProjectFile(projectDirectory);
  const prefix = `${name}:`;
  const entries = Object.entries(readConfig(projectDirectory, environment));
  return Object.fromEntries(
    entries.map(([key, value]) => [key.startsWith(prefix) ? key.slice(prefix.length) : key, value]),
  );
}

/** Those that a promotion compares: what a release pins is the promotion itself, and a secret is nobody's to read. */
export function comparableSettings(projectDirectory: string, environment: string): SettingValues {
  const values = Object.entries(readSettingValues(projectDirectory, environment));
  return Object.fromEntries(values.filter(([key, value]) => key !== 'release' && value !== encrypted));
}
