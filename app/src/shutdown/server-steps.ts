import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.ts';
import type { ServiceSteps } from './shutdown.ts';

/** The steps of a shutdown for the HTTP server of `app`. */
export function serverSteps(app: NestFastifyApplication): ServiceSteps {
  const server: Server = app.getHttpServer();
  const connections = openConnections(server);
  return {
    startDraining: () => app.get(Readiness).startDraining(),
    stopAccepting: () => promisify(server.close.bind(server))(),
    closeIdleConnections: () => {
      // Node counts one that sent nothing, or half a header, among the busy ones, and has stopped timing it out.
      for (const [socket, requests] of connections) {
        if (requests.size === 0) {
          socket.destroy();
        }
      }
    },
    cutIncompleteRequests: () => {
      for (const [socket, requests] of connections) {
        if ([...requests].some(({ complete }) => !complete)) {
          socket.destroy();
        }
      }
    },
    closeAllConnections: () => server.closeAllConnections(),
    // Nest's own order: onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown.
    closeResources: () => app.close(),
  };
}

/** Each connection with the requests on it whose header has come and which are not answered. */
function openConnections(server: Server): ReadonlyMap<Socket, ReadonlySet<IncomingMessage>> {
  const connections = new Map<Socket, Set<IncomingMessage>>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set());
    socket.on('close', () => connections.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const requests = connections.get(request.socket);
    requests?.add(request);
    response.on('close', () => requests?.delete(request));
  });
  return connections;
}
