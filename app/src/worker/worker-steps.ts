import type { Server } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import type { Consumer } from '../queue/consumer.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { ServiceSteps } from '../shutdown/shutdown.ts';
import type { Repeater } from './repeated.ts';

/** What closing takes after the last job. */
const closingMs = 2_000;

interface RunningWorker {
  readonly app: INestApplicationContext;
  readonly consumer: Consumer;
  readonly queue: JobQueue;
  readonly repeater: Repeater;
  readonly health: Server;
}

/** The steps of a shutdown for a worker: jobs are to it what requests are to the API. */
export function workerSteps(worker: RunningWorker, timeoutMs: number): ServiceSteps {
  return {
    startDraining: () => undefined,
    stopAccepting: async () => {
      await Promise.all([worker.repeater.stop(), worker.consumer.stop(timeoutMs - closingMs)]);
    },
    closeIdleConnections: () => undefined,
    cutIncompleteRequests: () => undefined,
    closeAllConnections: () => undefined,
    closeResources: async () => {
      await worker.queue.close();
      await worker.app.close();
      worker.health.close();
    },
  };
}
