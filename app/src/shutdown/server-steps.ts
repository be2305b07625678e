import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.ts';
import type { ServiceSteps } from './shutdown.ts';

/** The steps of a shutdown for the HTTP server of `app`. */
export function serverSteps(app: NestFastifyApplication): ServiceSteps {
  const server: Server = app.getHttpServer();
  const sockets = openSockets(server);
  return {
    startDraining: () => app.get(Readiness).startDraining(),
    stopAccepting: () => promisify(server.close.bind(server))(),
    closeIdleConnections: () => {
      server.closeIdleConnections();
      // For Node a connection is idle after its first request only: one that never asked would be waited for.
      for (const socket of sockets) {
        if (socket.bytesRead === 0) {
          socket.destroy();
        }
      }
    },
    closeAllConnections: () => server.closeAllConnections(),
    // Nest's own order: onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown.
    closeResources: () => app.close(),
  };
}

function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}
