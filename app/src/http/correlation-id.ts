import { randomUUID } from 'node:crypto';

/** Long enough for any tracing system's id; nothing in it that could forge a log line or a header. */
const acceptable = /^[A-Za-z0-9._:=@/+-]{8,128}$/;

/** The caller's correlation id when it is well-formed, else a new one. */
export function correlationIdFrom(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && acceptable.test(header) ? header : randomUUID();
}
