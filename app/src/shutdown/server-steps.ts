import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.ts';
import type { OpenRequests } from '../http/open-requests.ts';
import type { ServiceSteps } from './shutdown.ts';

/** The steps of a shutdown for the HTTP server of `app`. */
export function serverSteps(app: NestFastifyApplication, open: OpenRequests): ServiceSteps {
  const server: Server = app.getHttpServer();
  return {
    startDraining: () => app.get(Readiness).startDraining(),
    stopAccepting: () => promisify(server.close.bind(server))(),
    closeIdleConnections: () => open.closeIdleConnections(),
    cutIncompleteRequests: () => open.cutIncomplete(),
    closeAllConnections: () => server.closeAllConnections(),
    // Nest's own order: onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown.
    closeResources: () => app.close(),
  };
}
