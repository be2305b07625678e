import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.ts';
import type { LogDestination } from '../logging/logger.ts';
import { currentTracer } from '../tracing/tracer.ts';
import type { ShutdownSteps } from './shutdown.ts';

/** The steps of a shutdown for the HTTP server of `app`. */
export function serverSteps(app: NestFastifyApplication, logs: LogDestination): ShutdownSteps {
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
    closeResources: async () => {
      await app.close();
      await currentTracer()?.close();
    },
    flushLogs: () => logs.flushSync(),
    // Not a signal to ourselves: the kernel ignores it when we are PID 1.
    exit: (code) => process.exit(code),
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
