import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { currentRequest } from '../logging/request-context.ts';
import { currentTracer } from '../tracing/tracer.ts';
import type { Job } from './job.ts';

/**
 * Writes a job in the caller's transaction: it exists exactly when the write does that it belongs to.
 * The worker sends it to the queue (see OutboxRelay). Pass the manager of the transaction, not that of the pool.
 */
export async function enqueue(manager: Pick<EntityManager, 'query'>, job: Job): Promise<void> {
  await manager.query(
    'INSERT INTO outbox (id, name, payload, correlation_id, trace_parent) VALUES ($1, $2, $3, $4, $5)',
    [randomUUID(), job.name, job.payload, currentRequest()?.correlationId, currentTracer()?.traceParent],
  );
}
