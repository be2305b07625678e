import type { FastifyReply, FastifyRequest } from 'fastify';
import { domainError } from '../errors/domain-error.ts';
import type { Abandonment } from '../logging/request-context.ts';

/** The client's fault: what it wanted to send did not arrive. */
export class BodyTimeout extends domainError(
  'request-timeout',
  'BODY_TIMEOUT',
  'The body did not arrive within the time that a request may take.',
) {}

/** Ours. */
class RequestTimeout extends domainError(
  'unavailable',
  'REQUEST_TIMEOUT',
  'The request took longer than this service allows.',
) {}

/**
 * Calls `onTimeout` when `limitMs` are over and nothing is answered yet; work that waits for its turn is given up then, as
 * it is when the client goes away. Not Fastify's handlerTimeout: that ends with the
 * body of a request, so it never limits one that has a body.
 */
export function limitTime(
  request: FastifyRequest,
  reply: FastifyReply,
  { limitMs, abandonment }: { readonly limitMs: number; readonly abandonment: Abandonment },
  onTimeout: (error: Error) => void,
): void {
  const timer = setTimeout(() => {
    abandonment.end();
    if (!reply.sent && !reply.raw.destroyed) {
      onTimeout(request.raw.complete ? new RequestTimeout() : new BodyTimeout());
    }
  }, limitMs);
  reply.raw.once('close', () => {
    clearTimeout(timer);
    abandonment.end();
  });
}
