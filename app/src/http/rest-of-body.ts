import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is read and thrown away of a body that nobody wants, so that its connection can stay open. */
export const mostBytesDrained = 16 * 1_024 * 1_024;
const longestMs = 5_000;
const lookMs = 50;

/**
 * For an answer that comes before its request has: says whether the connection stays open after it. A connection that is
 * closed under a body takes the answer with it, and breaks what a load balancer sends next (RFC 9112, section 9.6).
 */
export function settleConnection({ raw, headers }: FastifyRequest, reply: FastifyReply, stalled: boolean): void {
  if (raw.complete) {
    return;
  }
  if (stalled || Number(headers['content-length'] ?? 0) > mostBytesDrained) {
    reply.header('connection', 'close');
    lingerOn(raw);
  } else {
    // Fastify closes after whatever it refuses of a body.
    reply.removeHeader('connection');
  }
}

/** After the answer: what is still to come is thrown away, within bounds; past them the connection is cut. */
export function drainRest(raw: IncomingMessage): void {
  const { socket } = raw;
  if (raw.complete || socket.destroyed) {
    return;
  }
  const { bytesRead } = socket;
  const deadline = performance.now() + longestMs;
  const timer = setInterval(() => {
    if (raw.complete || socket.destroyed) {
      clearInterval(timer);
    } else if (socket.bytesRead - bytesRead > mostBytesDrained || performance.now() > deadline) {
      clearInterval(timer);
      socket.destroy();
    }
  }, lookMs);
  timer.unref();
  raw.resume();
}

/** Node closes both directions at once, which the other side sees as a reset; here ours alone ends, until `drainRest` ends. */
export function lingerOn({ socket }: IncomingMessage): void {
  socket.destroySoon = () => {
    socket.end();
  };
}
