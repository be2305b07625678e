import type { FastifyRequest } from 'fastify';
import { domainError } from '../errors/domain-error.ts';

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

/** Whose fault it is that a request took too long. */
export function timeoutOf({ raw }: FastifyRequest): Error {
  return raw.complete ? new RequestTimeout() : new BodyTimeout();
}
