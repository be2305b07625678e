import { type Contract, deriveContract } from '../../infra/contract/contract.ts';
import { readProjectFile } from '../../infra/graph/stack-files.ts';
import { readSettings } from '../../infra/settings/read.ts';
import type { Settings } from '../../infra/settings/settings.ts';

/** What the files of the project say of an environment. Nothing here was asked of a platform. */
export interface EnvironmentFacts {
  /** Namespace of the config keys. */
  readonly project: string;
  readonly settings: Settings;
  readonly contract: Contract;
}

/**
 * Reads an environment's stack file as the program would.
 *
 * @throws SettingsError or ContractError, the program's own
 */
export function readEnvironment(projectDirectory: string, environment: string): EnvironmentFacts {
  const { name: project } = readProjectFile(projectDirectory);
  const settings = readSettings(projectDirectory, environment);
  return { project, settings, contract: deriveContract(settings) };
}
