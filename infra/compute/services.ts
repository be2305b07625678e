import type * as pulumi from '@pulumi/pulumi';
import type { Edge } from '../edge/edge.ts';
import type { Process } from '../manifest/app.ts';
import { processesOf, type SizedProcess } from '../manifest/processes.ts';
import { Service, type ServiceArgs } from './service.ts';

/** A process that runs all the time, with its service. */
export interface RunningProcess extends SizedProcess {
  readonly service: Service;
}

export interface ServicesArgs extends Omit<ServiceArgs, 'edge' | 'scaling' | 'rollbackAlarms'> {
  readonly edge: Edge;
  /** By process. */
  readonly rollbackAlarms: Readonly<Record<Process, readonly pulumi.Input<string>[]>>;
}

/**
 * A service for each process of the app: the same image with other commands, rolled out at the same time, so each may run
 * beside another's previous release. One in the background has no rollback alarms, because its metrics exist only after it
 * does: its container health check and the circuit breaker roll it back.
 */
export function createServices({ edge, rollbackAlarms, ...args }: ServicesArgs): readonly RunningProcess[] {
  const running = processesOf(args.settings, args.app).filter(({ kind }) => kind === 'http' || kind === 'background');
  return running.map((process) => ({
    ...process,
    service: new Service(
      process.name,
      process.kind === 'http'
        ? {
            ...args,
            scaling: process.sizes,
            edge: edge.routed[process.name] ?? edge,
            rollbackAlarms: rollbackAlarms[process.name] ?? [],
          }
        : { ...args, scaling: process.sizes, rollbackAlarms: [] },
    ),
  }));
}
