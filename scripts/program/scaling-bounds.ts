import { processesOf } from '../../infra/manifest/processes.ts';
import { UserError } from '../messages/user-error.ts';
import { readEnvironment } from './settings.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
  /** Names of the settings that they are from. */
  readonly settings: { readonly min: string; readonly max: string };
  readonly seconds: number;
}

/** Between which counts autoscaling keeps a process, by its settings, and how long its tasks may take to start. */
export function scalingBounds(projectDirectory: string, environment: string, process: string): Bounds {
  const { settings, app, contract } = readEnvironment(projectDirectory, environment);
  const sized = processesOf(settings, app).find(({ name }) => name === process);
  if (sized === undefined) throw unknownToSettings(environment, process);
  const { sizes, prefix } = sized;
  return {
    min: sizes.desiredCount,
    max: sizes.maxCount,
    settings: { min: `${prefix}DesiredCount`, max: `${prefix}MaxCount` },
    seconds: contract.rolloutTimeoutSeconds,
  };
}

/** It runs, and the manifest has it no more: the next `up` removes it. */
function unknownToSettings(environment: string, process: string): UserError {
  return new UserError({
    code: 'PROCESS_UNKNOWN',
    message: `The manifest has no process ${process}, which ${environment} runs.`,
    remedy: 'Bring your work tree to the commit that runs.',
  });
}
