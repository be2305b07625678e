import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { ZodError } from 'zod';
import type { Clock } from '../clock/clock.ts';
import type { ValkeySettings } from '../env/services.ts';
import type { Logger } from '../logging/logger.ts';
import { runInRequest } from '../logging/request-context.ts';
import type { JobOutcome } from '../metrics/job-outcome.ts';
import type { JobStore } from '../outbox/job-store.ts';
import { currentTracer } from '../tracing/tracer.ts';
import { connectionOptions } from '../valkey/connection-options.ts';
import { GiveUp, type JobHandler } from './job-handler.ts';
import { type CarriedJob, lockMs, lookForStalledMs, mostStalls, queueName } from './queue-options.ts';

/** Longer than any handler should take, shorter than anyone's patience with a slot that hangs. */
const tryTimeoutMs = 60_000;
/**
 * BullMQ's own are 15 s and 5 s, for which a failover would hold jobs up: the first after a connection that failed, the
 * second when the news that there are jobs was taken from the queue by a command that the old primary then refused to follow.
 */
const retryConnectionMs = 1_000;
const longestBlockSeconds = 1;
/** What the queue needs to take jobs back before the process must be gone. */
const handBackMs = 2_000;

interface ConsumerInput {
  readonly valkey: ValkeySettings;
  readonly concurrency: number;
  readonly handlers: readonly JobHandler[];
  readonly store: Pick<JobStore, 'bury'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

type EndReport = (job: string, outcome: JobOutcome, seconds: number) => void;

/** Takes jobs from the queue and has them done. A job that failed for the last time is buried in Postgres. */
export class Consumer {
  readonly #worker: Worker<CarriedJob, void>;
  readonly #handlers: ReadonlyMap<string, JobHandler>;
  readonly #store: Pick<JobStore, 'bury'>;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #burials = new Set<Promise<void>>();
  #report: EndReport = () => undefined;
  #handingBack = false;
  #hasConnected = false;

  constructor({ valkey, concurrency, handlers, store, logger, clock }: ConsumerInput) {
    this.#handlers = new Map(handlers.map((handler) => [handler.name, handler]));
    this.#store = store;
    this.#logger = logger;
    this.#clock = clock;
    // BullMQ passes the signal only to functions that name it.
    this.#worker = new Worker(queueName, (job, token, signal) => this.#process(job, token, signal), {
      // BullMQ demands that the commands of a worker wait for Valkey; there are never more of them than its slots.
      connection: { ...connectionOptions(valkey), maxRetriesPerRequest: null },
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lookForStalledMs,
      maxStalledCount: mostStalls,
      runRetryDelay: retryConnectionMs,
      drainDelay: longestBlockSeconds,
      autorun: false,
    });
    this.#worker.on('error', (error) =>
      this.#logger.warn({ operation: 'queue.connect', err: error }, 'the queue is away'),
    );
    this.#worker.on('ready', () => {
      this.#hasConnected = true;
    });
    this.#worker.on('failed', (job, error) => this.#onFailed(job, error));
  }

  /** Whether it ever reached the queue. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  onEnd(report: EndReport): void {
    this.#report = report;
  }

  start(): void {
    // It rejects only when it is closed while it starts; connections that fail are events.
    this.#worker
      .run()
      .catch((error: unknown) => this.#logger.warn({ operation: 'queue.run', err: error }, 'the queue ended'));
  }

  /** Takes no more jobs, finishes those at work, and gives back what is not done `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    const cancel = this.#clock.after(Math.max(0, withinMs - handBackMs), () => {
      this.#handingBack = true;
      this.#worker.cancelAllJobs('shutdown');
    });
    await this.#worker.close().finally(cancel);
    await Promise.all(this.#burials);
  }

  async #process(job: Job<CarriedJob>, token: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const startedAt = this.#clock.now();
    const { correlationId, traceParent } = job.data;
    const span = currentTracer()?.start({
      name: `job ${job.name}`,
      kind: 'consumer',
      attributes: { 'messaging.message.id': String(job.id) },
      parent: traceParent ?? undefined,
    });
    const context = { correlationId: correlationId ?? String(job.id), jobId: String(job.id) };
    await runInRequest(span === undefined ? context : { ...context, traceId: span.traceId }, async () => {
      try {
        await (span === undefined ? this.#try(job, signal) : span.run(() => this.#try(job, signal)));
        span?.end();
        this.#end(job, 'done', startedAt);
      } catch (error) {
        span?.end({ error });
        if (this.#handingBack) {
          await job.moveToWait(token);
          this.#end(job, 'handed-back', startedAt);
          throw new WaitingError('handed back');
        }
        this.#end(job, 'failed', startedAt, error);
        throw error instanceof GiveUp || error instanceof ZodError ? new UnrecoverableError(error.message) : error;
      }
    });
  }

  async #try(job: Job<CarriedJob>, cancelled: AbortSignal | undefined): Promise<void> {
    const handler = this.#handlers.get(job.name);
    if (handler === undefined) {
      // A newer release may write jobs that this one does not know yet: its workers will.
      throw new Error(`nothing here does ${job.name}`);
    }
    const timeout = AbortSignal.timeout(tryTimeoutMs);
    const signal = cancelled === undefined ? timeout : AbortSignal.any([cancelled, timeout]);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
    // A handler that does not listen must not hold the slot for good.
    await Promise.race([handler.run({ id: String(job.id), payload: job.data.payload, signal }), aborted.promise]);
  }

  #end(job: Job, outcome: JobOutcome, startedAt: number, error?: unknown): void {
    const durationMs = Math.round(this.#clock.now() - startedAt);
    this.#report(job.name, outcome, durationMs / 1_000);
    const line = { operation: `job ${job.name}`, outcome, attempt: job.attemptsMade + 1, durationMs };
    if (error === undefined) {
      this.#logger.info(line, 'job');
    } else {
      this.#logger.warn({ ...line, err: error }, 'job');
    }
  }

  #onFailed(job: Job<CarriedJob> | undefined, error: Error): void {
    // Without an end it will be tried again.
    if (job?.id === undefined || job.finishedOn === undefined) {
      return;
    }
    this.#report(job.name, 'dead', 0);
    const line = { operation: `job ${job.name}`, jobId: job.id, correlationId: job.data.correlationId, err: error };
    this.#logger.error(line, 'the job is given up');
    const burial = this.#store
      .bury(job.id, error.message)
      // It is found again as lost, and tried again.
      .catch((failure: unknown) => this.#logger.error({ ...line, err: failure }, 'the job could not be buried'))
      .finally(() => this.#burials.delete(burial));
    this.#burials.add(burial);
  }
}
