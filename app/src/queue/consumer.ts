import { type Job, WaitingError, Worker } from 'bullmq';
import { ZodError } from 'zod';
import type { Clock } from '../clock/clock.ts';
import type { ValkeySettings } from '../env/services.ts';
import type { Logger } from '../logging/logger.ts';
import { runInRequest } from '../logging/request-context.ts';
import type { JobOutcome } from '../metrics/job-outcome.ts';
import type { JobRound, JobStore, OpenJob } from '../outbox/job-store.ts';
import { currentTracer } from '../tracing/tracer.ts';
import { connectionOptions } from '../valkey/connection-options.ts';
import { GiveUp, type JobHandler, type JobResult } from './job-handler.ts';
import { type CarriedJob, lockMs, lookForStalledMs, mostStalls, queueName } from './queue-options.ts';
import { ownRetries, retryDelaySeconds } from './retry-schedule.ts';

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
  readonly store: Pick<JobStore, 'findOpen' | 'postpone' | 'bury'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

type EndReport = (job: string, outcome: JobOutcome, seconds: number) => void;

/**
 * Takes jobs from the queue and has them done. What becomes of one that failed is written down in Postgres: it is postponed,
 * or buried after the last attempt. Where that can't be, the queue gives it out again.
 */
export class Consumer {
  readonly #worker: Worker<CarriedJob, void>;
  readonly #handlers: ReadonlyMap<string, JobHandler>;
  readonly #store: ConsumerInput['store'];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #burials = new Set<Promise<void>>();
  readonly #attempted: Promise<unknown>;
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
      this.#logger.warn({ operation: 'queue.connect', err: error }, 'the queue is unreachable'),
    );
    this.#attempted = new Promise((resolve) => this.#worker.once('ready', () => resolve(0)).once('error', resolve));
    this.#worker.on('ready', () => {
      this.#hasConnected = true;
    });
    this.#worker.on('failed', (job, error) => this.#onDropped(job, error));
  }

  /** Whether it ever reached the queue. */
  get hasConnected(): boolean {
    return this.#hasConnected;
  }

  /** Resolves when the first attempt to connect has ended, whether or not it succeeded. */
  async attempted(): Promise<void> {
    await this.#attempted;
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

  /** Takes no more jobs, finishes those in progress, and gives back what is not done `withinMs`. */
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
    const round = roundOf(job);
    const span = currentTracer()?.start({
      name: `job ${job.name}`,
      kind: 'consumer',
      attributes: { 'messaging.message.id': round.id },
      parent: traceParent ?? undefined,
    });
    const context = { correlationId: correlationId ?? round.id, jobId: round.id };
    await runInRequest(span === undefined ? context : { ...context, traceId: span.traceId }, async () => {
      const found: { open?: OpenJob } = {};
      try {
        const work = () => this.#try(job, signal, found);
        const outcome = await (span === undefined ? work() : span.run(work));
        span?.end();
        this.#end(job, outcome, found.open, startedAt);
      } catch (error) {
        span?.end({ error });
        if (this.#handingBack) {
          await job.moveToWait(token);
          this.#end(job, 'handed-back', found.open, startedAt);
          throw new WaitingError('handed back');
        }
        this.#end(job, 'failed', found.open, startedAt, error);
        await this.#writeDown(job, found.open, error);
      }
    });
  }

  async #try(job: Job<CarriedJob>, cancelled: AbortSignal | undefined, found: { open?: OpenJob }): Promise<JobResult> {
    const round = roundOf(job);
    const open = await this.#store.findOpen(round);
    if (open === undefined) {
      return 'done';
    }
    found.open = open;
    const handler = this.#handlers.get(job.name);
    if (handler === undefined) {
      // A newer release may write jobs that this one does not know yet: its workers will.
      throw new Error(`nothing here does ${job.name}`);
    }
    const timeout = AbortSignal.timeout(tryTimeoutMs);
    const signal = cancelled === undefined ? timeout : AbortSignal.any([cancelled, timeout]);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
    const { attempts: attempt, ...times } = open;
    // A handler that does not listen must not hold the slot for good.
    return Promise.race([
      handler.run({ ...round, ...times, attempt, payload: job.data.payload, signal }),
      aborted.promise,
    ]);
  }

  /** @throws `error` when Postgres is down: the queue then gives the job out again, and no attempt is used up */
  async #writeDown(job: Job<CarriedJob>, open: OpenJob | undefined, error: unknown): Promise<void> {
    if (open === undefined) {
      throw error;
    }
    const isHopeless = error instanceof GiveUp || error instanceof ZodError;
    const seconds = isHopeless ? undefined : retryDelaySeconds(ownRetries, open.attempts, Math.random());
    const message = error instanceof Error ? error.message : String(error);
    try {
      if (seconds === undefined) {
        await this.#bury(job, error);
      } else {
        await this.#store.postpone(roundOf(job), { seconds, usesAttempt: true, error: message });
      }
    } catch {
      throw error;
    }
  }

  #end(job: Job, outcome: JobOutcome, open: OpenJob | undefined, startedAt: number, error?: unknown): void {
    const durationMs = Math.round(this.#clock.now() - startedAt);
    this.#report(job.name, outcome, durationMs / 1_000);
    const line = { operation: `job ${job.name}`, outcome, attempt: (open?.attempts ?? 0) + 1, durationMs };
    if (error === undefined) {
      this.#logger.info(line, 'job');
    } else {
      this.#logger.warn({ ...line, err: error }, 'job');
    }
  }

  /** The queue ends a job by itself only when it took its worker down with it too often. */
  #onDropped(job: Job<CarriedJob> | undefined, error: Error): void {
    if (job?.id === undefined || job.finishedOn === undefined) {
      return;
    }
    const burial = this.#bury(job, error)
      // It is found again as lost, and tried again.
      .catch((failure: unknown) => this.#logger.error({ jobId: job.id, err: failure }, 'the job could not be buried'))
      .finally(() => this.#burials.delete(burial));
    this.#burials.add(burial);
  }

  async #bury(job: Job<CarriedJob>, error: unknown): Promise<void> {
    const { id } = roundOf(job);
    await this.#store.bury(id, error instanceof Error ? error.message : String(error));
    this.#report(job.name, 'dead', 0);
    const { correlationId } = job.data;
    this.#logger.error({ operation: `job ${job.name}`, jobId: id, correlationId, err: error }, 'the job is given up');
  }
}

function roundOf(job: Job<CarriedJob>): JobRound {
  return { id: job.data.id ?? String(job.id), postponements: job.data.postponements ?? 0 };
}
