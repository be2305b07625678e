import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { domainError } from '../errors/domain-error.ts';

class BodyNotUtf8 extends domainError('invalid', 'BODY_NOT_UTF8', 'The body is not well-formed UTF-8.') {}

class CharsetUnsupported extends domainError(
  'unsupported-media',
  'CHARSET_UNSUPPORTED',
  'The body must be in UTF-8 (RFC 8259, section 8.1).',
) {}

class EncodingUnsupported extends domainError(
  'unsupported-media',
  'CONTENT_ENCODING_UNSUPPORTED',
  'The body must not be compressed.',
) {}

/** JSON in UTF-8 is the one thing that bodies are read as; a body that would be read with losses is refused. */
export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const body = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    const refusal = isUtf8(body) ? undefined : new BodyNotUtf8();
    if (refusal === undefined) {
      void parse(request, body.toString('utf8'), done);
    } else {
      done(refusal);
    }
  });
}

/** Before the body is read: what its header says that it is. `undefined`: nothing is wrong with that. */
export function refusalOfContent({ headers }: FastifyRequest): Error | undefined {
  if (!hasBody(headers)) {
    // Without a body there is nothing that a type could be of (RFC 9110, section 8.3).
    if (headers['content-type'] !== undefined) {
      delete headers['content-type'];
    }
    return undefined;
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'].toLowerCase() !== 'identity') {
    return new EncodingUnsupported();
  }
  const charset = /;\s*charset\s*=\s*"?(?<charset>[^\s;"]*)/i.exec(headers['content-type'] ?? '')?.groups?.['charset'];
  return charset === undefined || /^utf-?8$/i.test(charset) ? undefined : new CharsetUnsupported();
}

function hasBody(headers: FastifyRequest['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
