import type { ServiceArgs } from './service.ts';
import { Service } from './service.ts';

/**
 * The service that works on jobs: the same image with another command, nothing in front of it, scaled by how long jobs
 * wait. It is rolled out at the same time as the API, so that either may meet the other one's release: a job that a
 * worker does not know yet waits for its next attempt. None where the settings have none.
 */
export function createWorker(args: Omit<ServiceArgs, 'scaling' | 'rollbackAlarms'>): Service | undefined {
  const { worker: scaling } = args.settings;
  // Nothing that measures it exists before it does: its own check and the circuit breaker take a rollout back.
  return scaling === undefined ? undefined : new Service('worker', { ...args, scaling, rollbackAlarms: [] });
}
