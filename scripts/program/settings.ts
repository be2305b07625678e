import { type Contract, deriveContract } from '../../infra/contract/contract.ts';
import { readStackConfig } from '../../infra/graph/stack-files.ts';
import type { App } from '../../infra/manifest/app.ts';
import { fitSettings } from '../../infra/manifest/fit.ts';
import { loadApp } from '../../infra/manifest/load.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { isEarlierProgram } from './earlier-programs.ts';

/** What the files of the project say about an environment. Nothing here was asked of a platform. */
export interface EnvironmentFacts {
  /** Namespace of the config keys. */
  readonly project: string;
  readonly settings: Settings;
  /** What the app says about itself. */
  readonly app: App;
  readonly contract: Contract;
}

/**
 * An environment's settings, without its app.
 *
 * @throws SettingsError or StackFileError
 */
export function readSettings(projectDirectory: string, environment: string): Settings {
  return parseStackFile(projectDirectory, environment).settings;
}

/**
 * Reads an environment's configuration as the program would get it.
 *
 * @throws SettingsError, ManifestError, ContractError or StackFileError
 */
export function readEnvironment(projectDirectory: string, environment: string): EnvironmentFacts {
  const { project, settings: given } = parseStackFile(projectDirectory, environment);
  const app = loadApp(projectDirectory, given.release.appDirectory);
  const settings = fitSettings(given, app);
  return { project, settings, app, contract: deriveContract(settings, app) };
}

function parseStackFile(projectDirectory: string, environment: string): Pick<EnvironmentFacts, 'project' | 'settings'> {
  const { project, config, secretKeys } = readStackConfig(projectDirectory, environment);
  // An earlier program checks by itself which settings it has.
  const ignoreUnknown = isEarlierProgram(projectDirectory);
  return { project, settings: parseSettings(config, environment, { project, secretKeys, ignoreUnknown }) };
}
