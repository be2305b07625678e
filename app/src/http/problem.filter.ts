import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER } from '../env/tokens.ts';
import { DomainError } from '../errors/domain-error.ts';
import type { Logger } from '../logging/logger.ts';
import { currentRequest } from '../logging/request-context.ts';
import { problemFrom } from './problem.ts';
import { settleConnection } from './rest-of-body.ts';

/** Retrying sooner would not help: a database that fails over is down for at least this long. */
const retryAfterSeconds = '1';

/** Turns whatever was thrown into a problem (RFC 9457); the only place that knows HTTP statuses of errors. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(@Inject(LOGGER) logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (!reply.sent) {
      sendProblem(error, http.getRequest<FastifyRequest>(), reply, this.#logger);
    }
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const problem = problemFrom(error);
  if (problem.status === 401) {
    // RFC 9110, section 11.6.1: a 401 says what would be accepted.
    reply.header('www-authenticate', 'Bearer');
  } else if (problem.status === 500) {
    logger.error({ err: error }, 'request failed');
  } else if (problem.status === 503) {
    logger.warn({ err: error, code: problem.code }, problem.detail);
    reply.header('retry-after', retryAfterSeconds);
  }
  if (error instanceof DomainError && error.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(error.retryAfterSeconds));
  }
  settleConnection(request, reply, problem.status === 408);
  const [instance] = request.url.split('?', 1);
  reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ ...problem, instance, correlationId: currentRequest()?.correlationId }));
}
