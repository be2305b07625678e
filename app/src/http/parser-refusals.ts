import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { correlationIdFrom } from './correlation-id.ts';
import { type Problem, problemOf } from './problem.ts';
import type { ServerContext } from './request-hooks.ts';
import { drainRest, lingerOn } from './rest-of-body.ts';
import { securityHeaders } from './security-headers.ts';

/*
 * What Node refuses before there is a request that Fastify could see. By itself it answers with a bare status line, and
 * nothing of it is in the log.
 */

const malformed = problemOf(400, 'REQUEST_MALFORMED', 'This is not a valid HTTP/1.1 request.');
const problems: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: problemOf(431, 'HEADERS_TOO_LARGE', 'The header is larger than the 16 KiB that are accepted.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: problemOf(413, 'BODY_TOO_LARGE', 'The chunk extensions are larger than is accepted.'),
  ERR_HTTP_REQUEST_TIMEOUT: problemOf(408, 'HEADERS_TIMEOUT', 'The header did not arrive in time.'),
};
const expectation = problemOf(417, 'EXPECTATION_FAILED', 'Expect: 100-continue is the one expectation that is met.');
const noTunnel = problemOf(405, 'METHOD_NOT_ALLOWED', 'This is no proxy: CONNECT leads nowhere.');

/** How long what is still under way may take to arrive: cut at once, it would take the answer with it (RFC 9112, section 9.6). */
const lingerMs = 1_000;

/** For Fastify's option `clientErrorHandler`. */
export function refuseMalformed(
  error: Error & { readonly code?: string },
  socket: Duplex,
  context: ServerContext,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refuseOn(socket, problems[error.code ?? ''] ?? malformed, context);
}

/** Expectations and tunnels, which Node would refuse or cut by itself. */
export function refuseUnmet(server: Server, context: ServerContext): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { fields, body } = answerOf(expectation, correlationIdFrom(request.headers['x-correlation-id']));
    // Some clients send the body without having been told to.
    lingerOn(request);
    response.on('close', () => drainRest(request));
    response.writeHead(expectation.status, fields).end(body);
    note(expectation, String(fields['x-correlation-id']), context);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseOn(socket, noTunnel, context));
}

function refuseOn(socket: Duplex, problem: Problem, context: ServerContext): void {
  const correlationId = randomUUID();
  const { fields, body } = answerOf(problem, correlationId);
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${head.join('')}\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
  note(problem, correlationId, context);
}

function answerOf(problem: Problem, correlationId: string) {
  const body = JSON.stringify({ ...problem, correlationId });
  const fields: Readonly<Record<string, string | number>> = {
    ...securityHeaders,
    'x-correlation-id': correlationId,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  return { fields, body };
}

function note({ status, code }: Problem, correlationId: string, { requestLogger, requests }: ServerContext): void {
  requests.observe({ method: 'unknown', route: 'unknown', status, seconds: 0 });
  requestLogger.info({ correlationId, operation: 'refused', statusCode: status, code, durationMs: 0 }, 'request');
}
