import type { ServiceArgs } from './service.ts';
import { Service } from './service.ts';

/**
 * The service that processes jobs: the same image with another command, no load balancer, scaled by queue age. It rolls
 * out at the same time as the API, so each may run beside the other's previous release: a job that a worker does not know
 * yet is retried. `undefined` if the settings have no worker.
 */
export function createWorker(args: Omit<ServiceArgs, 'scaling' | 'rollbackAlarms'>): Service | undefined {
  const { worker: scaling } = args.settings;
  // No rollback alarms: metrics of the worker exist only after the worker does. Its container health check and the
  // circuit breaker roll back.
  return scaling === undefined ? undefined : new Service('worker', { ...args, scaling, rollbackAlarms: [] });
}
