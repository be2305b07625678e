import { readStackConfig } from '../graph/stack-files.ts';
import { parseSettings } from './parse.ts';
import type { Settings } from './settings.ts';

/**
 * Settings of an environment as the program would load them, from the files of the project: no engine runs.
 *
 * @throws SettingsError, or StackFileError when a file cannot be read
 */
export function readSettings(projectDirectory: string, environment: string): Settings {
  const { project, config, secretKeys } = readStackConfig(projectDirectory, environment);
  return parseSettings(config, environment, { project, secretKeys });
}
