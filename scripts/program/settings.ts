import { type Contract, deriveContract } from '../../infra/contract/contract.ts';
import { readStackConfig } from '../../infra/graph/stack-files.ts';
import type { App } from '../../infra/manifest/app.ts';
import { fitSettings } from '../../infra/manifest/fit.ts';
import { loadApp } from '../../infra/manifest/load.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import type { Settings } from '../../infra/settings/settings.ts';

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
  const { project, config, secretKeys } = readStackConfig(projectDirectory, environment);
  return parseSettings(config, environment, { project, secretKeys });
}

/**
 * Reads an environment's configuration as the program would get it.
 *
 * @throws SettingsError, ManifestError, ContractError or StackFileError
 */
export function readEnvironment(projectDirectory: string, environment: string): EnvironmentFacts {
  const { project, config, secretKeys } = readStackConfig(projectDirectory, environment);
  const given = parseSettings(config, environment, { project, secretKeys });
  const app = loadApp(projectDirectory, given.release.appDirectory);
  const settings = fitSettings(given, app);
  return { project, settings, app, contract: deriveContract(settings, app) };
}
