import type { FastifyRequest } from 'fastify';
import { domainError } from '../errors/domain-error.ts';

class HostMissing extends domainError(
  'invalid',
  'HOST_MISSING',
  'A request of HTTP/1.1 must have the header Host (RFC 9112, section 3.2).',
) {}

export function refusalOfHost({ raw }: FastifyRequest): Error | undefined {
  return raw.headers.host === undefined && raw.httpVersionMinor === 1 ? new HostMissing() : undefined;
}
