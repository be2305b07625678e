import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logging/logger.ts';

/** What a shutdown does to the process, in the order in which it does it. */
export interface ShutdownSteps {
  /** /ready answers 503 and every answer closes its connection; requests are served as before. */
  startDraining(): void;
  /** No new connections; resolves when the last one is closed. */
  stopAccepting(): Promise<void>;
  /** Closes the connections on which no request is being served, whatever has come of the next one. */
  closeIdleConnections(): void;
  /** Cuts the connections on which the body of a request is still to come: its client had the whole budget to send it. */
  cutIncompleteRequests(): void;
  /** Cuts every connection, whatever is being served on it. */
  closeAllConnections(): void;
  /** What requests needed: pools and the like. Runs when no request is left. */
  closeResources(): Promise<void>;
  flushLogs(): void;
  exit(code: number): void;
}

/** What a service closes; logs and the process itself end the same way in each. */
export type ServiceSteps = Omit<ShutdownSteps, 'flushLogs' | 'exit'>;

export interface ShutdownBudget {
  /** How long the load balancer may take to notice that /ready is 503. */
  readonly drainDelayMs: number;
  /** From the signal to the end of the process, whatever happens; below the platform's stop timeout. */
  readonly timeoutMs: number;
}

const idleSweepMs = 100;
/** What closing takes, before the end of the budget. */
const closingMs = 1_000;

/**
 * Ends the process without failing a request:
 * 1. not ready, still serving  2. drain delay  3. stop accepting  4. finish what is in flight
 * 5. close resources  6. flush logs  7. exit 0.
 * A request that its client does not finish sending holds up nothing: it is cut when the budget is nearly over.
 * At the end of the budget all connections are cut and it exits 1; a second signal does so at once.
 */
export class Shutdown {
  readonly #steps: ShutdownSteps;
  readonly #budget: ShutdownBudget;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #startedAt: number | undefined;

  constructor(steps: ShutdownSteps, budget: ShutdownBudget, clock: Clock, logger: Logger) {
    this.#steps = steps;
    this.#budget = budget;
    this.#clock = clock;
    this.#logger = logger.child({ operation: 'shutdown' });
  }

  /** Call it for each SIGTERM or SIGINT. */
  onSignal(signal: string): void {
    if (this.#startedAt !== undefined) {
      this.#giveUp(`second signal (${signal})`);
      return;
    }
    this.#startedAt = this.#clock.now();
    this.#logger.info({ signal, ...this.#budget }, 'shutting down: not ready from now on');
    const cancelTimeout = this.#clock.after(this.#budget.timeoutMs, () => this.#giveUp('out of time'));
    this.#run().then(
      () => {
        cancelTimeout();
        this.#finish(0, 'shutdown complete');
      },
      (error: unknown) => {
        cancelTimeout();
        this.#logger.error({ err: error }, 'shutdown failed');
        this.#finish(1, 'shutdown incomplete');
      },
    );
  }

  async #run(): Promise<void> {
    // 1 and 2: the balancer learns that it should send no more, while what it still sends is served.
    this.#steps.startDraining();
    await new Promise<void>((resolve) => this.#clock.after(this.#budget.drainDelayMs, resolve));
    // 3 and 4: Node ends the wait for close() only when each connection is closed, and a kept-alive one would
    // stay for keepAliveTimeout after its last answer: close them as they fall idle.
    this.#logger.info('drain delay is over: accepting no more connections');
    const cancelSweep = this.#clock.every(idleSweepMs, () => this.#steps.closeIdleConnections());
    const cancelCut = this.#clock.after(this.#untilCutMs(), () => this.#steps.cutIncompleteRequests());
    try {
      await this.#steps.stopAccepting();
    } finally {
      cancelSweep();
      cancelCut();
    }
    // 5: nothing is in flight that could need them.
    this.#logger.info('every request is answered: closing resources');
    await this.#steps.closeResources();
  }

  #untilCutMs(): number {
    const { timeoutMs } = this.#budget;
    const cutMs = timeoutMs - Math.min(closingMs, timeoutMs / 4);
    return Math.max(0, cutMs - (this.#clock.now() - (this.#startedAt ?? 0)));
  }

  #giveUp(reason: string): void {
    this.#logger.error({ reason }, 'cutting what is in flight');
    this.#steps.closeAllConnections();
    this.#finish(1, 'shutdown incomplete');
  }

  #finish(exitCode: number, message: string): void {
    const durationMs = Math.round(this.#clock.now() - (this.#startedAt ?? this.#clock.now()));
    this.#logger[exitCode === 0 ? 'info' : 'error']({ exitCode, durationMs }, message);
    this.#steps.flushLogs();
    this.#steps.exit(exitCode);
  }
}
