import { type Contract, deriveContract } from '../../infra/contract/contract.ts';
import { readConfig, readProjectFile } from '../../infra/graph/stack-files.ts';
import { parseSettings, type Settings } from '../../infra/settings/settings.ts';

/** What the files of the project say of an environment. Nothing here was asked of AWS. */
export interface EnvironmentFacts {
  /** Namespace of the config keys. */
  readonly project: string;
  readonly settings: Settings;
  readonly contract: Contract;
}

/** Throws the program's own SettingsError or ContractError, before the engine is started for it. */
export function readEnvironment(projectDirectory: string, environment: string): EnvironmentFacts {
  const { name: project } = readProjectFile(projectDirectory);
  const config = Object.fromEntries(
    Object.entries(readConfig(projectDirectory, environment)).map(([key, value]) => [
      key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key,
      value,
    ]),
  );
  const settings = parseSettings(config, environment);
  return { project, settings, contract: deriveContract(settings) };
}
