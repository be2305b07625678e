import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.ts';
import { Abandonment, type RequestContext, runInRequest } from '../logging/request-context.ts';
import type { RequestObserver } from '../metrics/request-observer.ts';
import { currentTracer, type OpenSpan } from '../tracing/tracer.ts';
import { correlationIdFrom } from './correlation-id.ts';
import type { OpenRequests } from './open-requests.ts';
import { sendProblem } from './problem.filter.ts';
import { drainRest } from './rest-of-body.ts';
import { securityHeaders } from './security-headers.ts';
import { timeoutOf } from './time-limit.ts';

/** Asked once a second or more by load balancers: of no interest unless they fail. */
const healthRoutes: ReadonlySet<string> = new Set(['/health', '/ready']);

/** The client went away before it was answered (nginx's status for it). */
const clientClosedRequest = 499;

/**
 * What is done for each request whatever its route: correlation id, security headers, closing while draining, time limit,
 * log line.
 * `next` runs on behalf of the request.
 */
export function beginRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
  next: () => void,
): void {
  const correlationId = correlationIdFrom(request.headers['x-correlation-id']);
  const span = startSpan(request);
  const abandonment = new Abandonment();
  const asked: RequestContext =
    span === undefined ? { correlationId, abandonment } : { correlationId, abandonment, traceId: span.traceId };
  reply.headers(securityHeaders);
  reply.header('x-correlation-id', correlationId);
  if (context.draining()) {
    // Makes the balancer open its next connection elsewhere, and lets this one end with its answer:
    // kept alive, it would hold up the shutdown for keepAliveTimeout.
    reply.header('connection', 'close');
  }
  const run =
    span === undefined
      ? runInRequest
      : (of: RequestContext, work: () => void) => span.run(() => runInRequest(of, work));
  // Not Fastify's handlerTimeout: that ends with the body of a request, so it never limits one that has a body.
  const open = context.open.begin(request.raw, () => {
    abandonment.end();
    if (!reply.sent && !reply.raw.destroyed) {
      run(asked, () => sendProblem(timeoutOf(request), request, reply, context.logger));
    }
  });
  // Not Fastify's onResponse: it is not called for a request whose client went away. One listener for all that ends here.
  reply.raw.on('close', () => {
    context.open.end(open);
    abandonment.end();
    endRequest(request, reply, asked, context, span);
    drainRest(request.raw);
  });
  run(asked, next);
}

export interface ServerContext {
  readonly logger: Logger;
  /** Of the lines that say which request was answered how. */
  readonly requestLogger: Logger;
  readonly requests: RequestObserver;
  readonly open: OpenRequests;
  readonly draining: () => boolean;
}

/** Health checks are not followed: each second one, and nothing in it. */
function startSpan(request: FastifyRequest): OpenSpan | undefined {
  const { method, url, headers } = request;
  const parent = headers['traceparent'];
  return healthRoutes.has(url)
    ? undefined
    : currentTracer()?.start({ name: method, kind: 'server', parent: typeof parent === 'string' ? parent : undefined });
}

function endRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: RequestContext,
  { requestLogger, requests }: ServerContext,
  span: OpenSpan | undefined,
): void {
  const route = request.routeOptions.url ?? 'unknown';
  const statusCode = reply.raw.writableFinished ? reply.statusCode : clientClosedRequest;
  const operation = `${request.method} ${route}`;
  const durationMs = reply.elapsedTime;
  requests.observe({ method: request.method, route, status: statusCode, seconds: durationMs / 1_000 });
  span?.end({
    name: operation,
    attributes: { 'http.route': route, 'http.response.status_code': statusCode },
    ...(statusCode >= 500 ? { error: statusCode } : {}),
  });
  const level = healthRoutes.has(route) && statusCode < 400 ? 'debug' : 'info';
  requestLogger[level](
    {
      correlationId: asked.correlationId,
      userId: asked.userId,
      traceId: asked.traceId,
      operation,
      method: request.method,
      // Without its query, which may hold what must not be logged.
      path: request.url.split('?', 1)[0],
      statusCode,
      durationMs: Math.round(durationMs * 10) / 10,
    },
    'request',
  );
}
