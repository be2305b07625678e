import type { Identity } from '../env/env.ts';
import type { TracingSettings } from '../env/services.ts';
import { followPostgres } from './follow-postgres.ts';
import { followValkey } from './follow-valkey.ts';
import { OtelTracer } from './otel-tracer.ts';
import { installTracer } from './tracer.ts';

/** From here on requests, statements, commands and jobs are followed, and sent to the collector. */
export function startTracing({ endpoint }: TracingSettings, identity: Identity): void {
  const tracer = new OtelTracer(endpoint, identity);
  installTracer(tracer);
  followPostgres(tracer);
  followValkey(tracer);
}
