import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { ValkeySettings } from '../env/services.ts';
import type { Logger } from '../logging/logger.ts';
import type { StoredJob } from '../outbox/job-store.ts';
import { connectionOptions } from '../valkey/connection-options.ts';
import { type CarriedJob, jobOptions, queueName } from './queue-options.ts';

const commandTimeoutMs = 5_000;
/** Lives exactly as long as the jobs beside it. */
const marker = 'jobs-were-here';

/** Where jobs are put for the workers. A job that is in it already is left as it is: its id is that of its row. */
export class JobQueue {
  readonly #client: Redis;
  readonly #queue: Queue<CarriedJob>;

  constructor(settings: ValkeySettings, logger: Logger) {
    this.#client = new Redis({
      ...connectionOptions(settings),
      // Fails at once while Valkey is away: the jobs wait in Postgres.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandTimeoutMs,
    });
    this.#queue = new Queue<CarriedJob>(queueName, { connection: this.#client, defaultJobOptions: jobOptions });
    const say = (error: Error) => logger.debug({ operation: 'queue.connect', err: error }, 'the queue is away');
    this.#client.on('error', say);
    this.#queue.on('error', say);
  }

  async send(jobs: readonly StoredJob[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map(({ id, name, payload, correlationId, traceParent }) => ({
        name,
        data: { payload, correlationId, traceParent },
        opts: { jobId: id },
      })),
    );
  }

  /** Whether all that was sent before may be gone: the server was replaced, or began anew with nothing. */
  async isBlank(): Promise<boolean> {
    return (await this.#client.exists(marker)) === 0;
  }

  /** From now on it counts as what it was, until it is blank again. */
  async mark(): Promise<void> {
    await this.#client.set(marker, '1');
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#client.disconnect();
  }
}
