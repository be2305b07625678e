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
  const { settings, contract } = readEnvironment(projectDirectory, environment);
  const isWorker = process === 'worker' && settings.worker !== undefined;
  const { desiredCount, maxCount } = isWorker ? settings.worker : settings.api;
  const prefix = isWorker ? 'worker' : 'api';
  return {
    min: desiredCount,
    max: maxCount,
    settings: { min: `${prefix}DesiredCount`, max: `${prefix}MaxCount` },
    seconds: contract.rolloutTimeoutSeconds,
  };
}
