import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { ValkeySettings } from '../env/services.ts';
import { LOGGER, VALKEY_SETTINGS } from '../env/tokens.ts';
import type { Logger } from '../logging/logger.ts';
import { connectionOptions } from './connection-options.ts';

/** Longer than any answer of a Valkey that is well; short enough that a request can do without it. */
const commandTimeoutMs = 250;
/** What the readiness check writes. */
const probe = { key: 'ready-probe', lifeMs: 10_000 } as const;
/** After a command that failed: else each request would wait for its own timeout while Valkey hangs. */
const restMs = 1_000;

/**
 * The connection for what requests use: the cache, the rate limit. It is made beside the start and made again by itself;
 * while it is unreachable nothing waits for it: there is no queue of commands, and each has a short timeout.
 */
@Injectable()
export class Valkey implements OnModuleInit, OnApplicationShutdown {
  readonly #settings: ValkeySettings | undefined;
  readonly #logger: Logger;
  #client: Redis | undefined;
  #connecting: Promise<void> = Promise.resolve();
  #away = false;
  #restsUntil = 0;

  constructor(@Inject(VALKEY_SETTINGS) settings: ValkeySettings | undefined, @Inject(LOGGER) logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  onModuleInit(): void {
    if (this.#settings !== undefined) {
      this.#connecting = this.#connect(this.#settings);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#connecting;
    this.#client?.disconnect();
  }

  /** The result of `work`; `undefined` while Valkey is unreachable or fails, or if there is none. */
  async use<Result>(work: (client: Redis) => Promise<Result>): Promise<Result | undefined> {
    const client = this.#client;
    if (client?.status !== 'ready' || performance.now() < this.#restsUntil) {
      return undefined;
    }
    try {
      return await work(client);
    } catch (error) {
      this.#restsUntil = performance.now() + restMs;
      this.#logger.warn({ operation: 'valkey.command', err: error }, 'Valkey failed: continuing without it');
      return undefined;
    }
  }

  get isConfigured(): boolean {
    return this.#settings !== undefined;
  }

  /** Rejects unless Valkey takes a write, as requests need it: after a failover the old primary answers everything else. */
  async probe(): Promise<void> {
    if (this.#client?.status !== 'ready') {
      throw new Error('not connected');
    }
    await this.#client.set(probe.key, '1', 'PX', probe.lifeMs);
  }

  /** Loaded only where it is used, and while the rest starts. */
  async #connect(settings: ValkeySettings): Promise<void> {
    const { Redis } = await import('ioredis');
    const client = new Redis({
      ...connectionOptions(settings),
      commandTimeout: commandTimeoutMs,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    client.on('ready', () => {
      this.#away = false;
      this.#logger.info({ operation: 'valkey.connect' }, 'connected to Valkey');
    });
    // Said once, not at each attempt: the attempts are many and requests still succeed.
    client.on('error', (error: Error) => this.#loseOnce(error));
    client.on('close', () => this.#loseOnce(undefined));
    this.#client = client;
  }

  #loseOnce(error: Error | undefined): void {
    if (!this.#away) {
      this.#away = true;
      this.#logger.warn({ operation: 'valkey.connect', err: error }, 'Valkey is unreachable: continuing without it');
    }
  }
}
