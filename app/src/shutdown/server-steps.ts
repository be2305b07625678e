import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.ts';
import type { LogDestination } from '../logging/logger.ts';
import type { ShutdownSteps } from './shutdown.ts';

/** The steps of a shutdown for the HTTP server of `app`. */
export function serverSteps(app: NestFastifyApplication, logs: LogDestination): ShutdownSteps {
  const server = app.getHttpServer();
  return {
    startDraining: () => app.get(Readiness).startDraining(),
    stopAccepting: () => promisify(server.close.bind(server))(),
    closeIdleConnections: () => server.closeIdleConnections(),
    closeAllConnections: () => server.closeAllConnections(),
    // Nest's own order: onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown.
    closeResources: () => app.close(),
    flushLogs: () => logs.flushSync(),
    // Not a signal to ourselves: the kernel ignores it when we are PID 1.
    exit: (code) => process.exit(code),
  };
}
