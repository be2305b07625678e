import { tracingChannel } from 'node:diagnostics_channel';
import type { OpenSpan, Tracer } from './tracer.ts';

/** ioredis says on this channel what it does; it was made for tracing. */
const channelName = 'ioredis:command';

/** Follows each command that belongs to a span. */
export function followValkey(tracer: Tracer): void {
  const spans = new WeakMap<object, OpenSpan>();
  tracingChannel<unknown, object>(channelName).subscribe({
    start(message) {
      if (tracer.isActive) {
        spans.set(
          message,
          tracer.start({ name: nameOf(message), kind: 'client', attributes: { 'db.system.name': 'redis' } }),
        );
      }
    },
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd(message) {
      const error: unknown = 'error' in message ? message.error : undefined;
      spans.get(message)?.end(error === undefined ? {} : { error });
    },
    error: () => undefined,
  });
}

function nameOf(message: object): string {
  return 'command' in message && typeof message.command === 'string' ? message.command.toUpperCase() : 'command';
}
