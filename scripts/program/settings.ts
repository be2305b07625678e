import { type Contract, deriveContract } from '../../infra/contract/contract.ts';
import { readStackConfig } from '../../infra/graph/stack-files.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import type { Settings } from '../../infra/settings/settings.ts';

/** What the files of the project say about an environment. Nothing here was asked of a platform. */
export interface EnvironmentFacts {
  /** Namespace of the config keys. */
  readonly project: string;
  readonly settings: Settings;
  readonly contract: Contract;
}

/**
 * Reads an environment's configuration as the program would get it.
 *
 * @throws SettingsError, ContractError or StackFileError
 */
export function readEnvironment(projectDirectory: string, environment: string): EnvironmentFacts {
  const { project, config, secretKeys } = readStackConfig(projectDirectory, environment);
  const settings = parseSettings(config, environment, { project, secretKeys });
  return { project, settings, contract: deriveContract(settings) };
}
