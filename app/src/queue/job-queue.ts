import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { ValkeySettings } from '../env/services.ts';
import type { Logger } from '../logging/logger.ts';
import type { StoredJob } from '../outbox/job-store.ts';
import { connectionOptions } from '../valkey/connection-options.ts';
import { type CarriedJob, jobOptions, queueName } from './queue-options.ts';

const commandTimeoutMs = 5_000;
/** Lives exactly as long as the jobs beside it, and names the server that they were put on. */
const marker = 'jobs-were-here';

/**
 * Where jobs are put for the workers. A job that is in it already is left as it is: its id is that of its row
 * and of its round.
 */
export class JobQueue {
  readonly #client: Redis;
  readonly #queue: Queue<CarriedJob>;
  readonly #attempted: Promise<unknown>;
  /** Of the connection that is open. */
  #knownServerId: string | undefined;

  constructor(settings: ValkeySettings, logger: Logger) {
    this.#client = new Redis({
      ...connectionOptions(settings),
      // Fails at once while Valkey is unreachable: the jobs wait in Postgres.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandTimeoutMs,
    });
    this.#attempted = new Promise((resolve) => this.#client.once('ready', resolve).once('close', resolve));
    this.#queue = new Queue<CarriedJob>(queueName, { connection: this.#client, defaultJobOptions: jobOptions });
    const say = (error: Error) => logger.debug({ operation: 'queue.connect', err: error }, 'the queue is unreachable');
    this.#client.on('error', say);
    this.#client.on('close', () => {
      this.#knownServerId = undefined;
    });
    this.#queue.on('error', say);
  }

  /** Resolves when the first attempt to connect has ended, whether or not it succeeded. */
  async attempted(): Promise<void> {
    await this.#attempted;
  }

  async send(jobs: readonly StoredJob[]): Promise<void> {
    await this.#queue.addBulk(
      jobs.map(({ id, name, payload, correlationId, traceParent, postponements }) => ({
        name,
        data: { id, postponements, payload, correlationId, traceParent },
        // A job that was postponed is another one to the queue, which may still hold the one before.
        opts: { jobId: postponements === 0 ? id : `${id}.${postponements}` },
      })),
    );
  }

  /**
   * Whether what was sent before may be gone: the server began again with nothing, or it is another one, to which not all
   * had been copied when the one before failed.
   */
  async mayHaveLost(): Promise<boolean> {
    // A write: of a server that was the primary before a failover it makes an error, and that a new connection.
    const found = await this.#client.getex(marker, 'PERSIST');
    return found !== (await this.#serverId());
  }

  /** From now on the server counts as one that has all jobs. */
  async mark(): Promise<void> {
    await this.#client.set(marker, await this.#serverId());
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#client.disconnect();
  }

  /** What Valkey calls its run: new with each start, another one on each node. */
  async #serverId(): Promise<string> {
    this.#knownServerId ??= /^run_id:(\S+)/m.exec(await this.#client.info('server'))?.[1] ?? 'unknown';
    return this.#knownServerId;
  }
}
