import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.ts';
import { runInRequest } from '../logging/request-context.ts';
import { correlationIdFrom } from './correlation-id.ts';
import { securityHeaders } from './security-headers.ts';

/** Asked once a second or more by load balancers: of no interest unless they fail. */
const healthRoutes: ReadonlySet<string> = new Set(['/health', '/ready']);

/** The client went away before it was answered (nginx's status for it). */
const clientClosedRequest = 499;

/**
 * What is done for each request whatever its route: correlation id, security headers, closing while draining, log line.
 * `next` runs on behalf of the request.
 */
export function beginRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
  next: () => void,
): void {
  const correlationId = correlationIdFrom(request.headers['x-correlation-id']);
  reply.headers(securityHeaders);
  reply.header('x-correlation-id', correlationId);
  if (context.draining()) {
    // Makes the balancer open its next connection elsewhere, and lets this one end with its answer:
    // kept alive, it would hold up the shutdown for keepAliveTimeout.
    reply.header('connection', 'close');
  }
  // Not Fastify's onResponse: it is not called for a request whose client went away.
  reply.raw.once('close', () => logRequest(request, reply, correlationId, context.logger));
  runInRequest({ correlationId }, next);
}

export interface ServerContext {
  readonly logger: Logger;
  readonly draining: () => boolean;
}

function logRequest(request: FastifyRequest, reply: FastifyReply, correlationId: string, logger: Logger): void {
  const route = request.routeOptions.url;
  const level = route !== undefined && healthRoutes.has(route) && reply.statusCode < 400 ? 'debug' : 'info';
  logger[level](
    {
      correlationId,
      operation: `${request.method} ${route ?? 'unknown'}`,
      method: request.method,
      // Without its query, which may hold what must not be logged.
      path: request.url.split('?', 1)[0],
      statusCode: reply.raw.writableFinished ? reply.statusCode : clientClosedRequest,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
    },
    'request',
  );
}
