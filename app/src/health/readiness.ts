import type { Clock } from '../clock/clock.ts';

/** What the service can't do its work without. Rejects when it is not to be had, with a reason fit for an operator. */
export interface ReadinessCheck {
  readonly name: string;
  /** The service does its work without it, only less well: its failure is shown and changes nothing else. */
  readonly optional?: boolean;
  run(): Promise<void>;
}

export interface CheckResult {
  readonly status: 'up' | 'down';
  readonly durationMs: number;
  readonly reason?: string;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'degraded' | 'starting' | 'unavailable' | 'draining';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** Several balancers ask once a second each; one answer serves them all. */
const cacheMs = 500;

/** Whether this process should get traffic. Each check has its own timeout; all run at the same time. */
export class Readiness {
  readonly #checks: readonly ReadinessCheck[];
  readonly #timeoutMs: number;
  readonly #graceMs: number;
  readonly #clock: Clock;
  #draining = false;
  #lastReadyAt: number | undefined;
  #latest: { readonly report: Promise<ReadinessReport>; validUntil: number } | undefined;

  /**
   * @param timeoutMs of each check
   * @param graceMs for how long it stays ready, degraded, without what it was ready with: an outage that ends meanwhile costs no
   *   task
   */
  constructor(
    checks: readonly ReadinessCheck[],
    { timeoutMs, graceMs }: { readonly timeoutMs: number; readonly graceMs: number },
    clock: Clock,
  ) {
    this.#checks = checks;
    this.#timeoutMs = timeoutMs;
    this.#graceMs = graceMs;
    this.#clock = clock;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** From now on the process is not ready, whatever its checks say. */
  startDraining(): void {
    this.#draining = true;
  }

  async report(): Promise<ReadinessReport> {
    if (this.#draining) {
      return { status: 'draining', checks: {} };
    }
    const report = await this.#current();
    // The signal may have come while the checks were running.
    return this.draining ? { status: 'draining', checks: report.checks } : report;
  }

  #current(): Promise<ReadinessReport> {
    if (this.#latest !== undefined && this.#clock.now() < this.#latest.validUntil) {
      return this.#latest.report;
    }
    const latest = { report: this.#runChecks(), validUntil: Number.POSITIVE_INFINITY };
    this.#latest = latest;
    return latest.report.finally(() => {
      // Not kept before the first success: a start must not take longer because someone asked too early.
      latest.validUntil = this.#lastReadyAt !== undefined ? this.#clock.now() + cacheMs : 0;
    });
  }

  async #runChecks(): Promise<ReadinessReport> {
    const results = await Promise.all(this.#checks.map(async (check) => ({ check, result: await this.#run(check) })));
    const down = results.filter(({ result }) => result.status === 'down');
    const ready = down.every(({ check }) => check.optional === true);
    const now = this.#clock.now();
    this.#lastReadyAt = ready ? now : this.#lastReadyAt;
    const working = down.length === 0 ? 'ready' : 'degraded';
    const checks = Object.fromEntries(results.map(({ check, result }) => [check.name, result]));
    return { status: ready ? working : this.#failing(now), checks };
  }

  #failing(now: number): ReadinessReport['status'] {
    if (this.#lastReadyAt === undefined) {
      return 'starting';
    }
    return now - this.#lastReadyAt < this.#graceMs ? 'degraded' : 'unavailable';
  }

  async #run(check: ReadinessCheck): Promise<CheckResult> {
    const startedAt = this.#clock.now();
    const reason = await this.#reasonOfFailure(check);
    const durationMs = Math.round(this.#clock.now() - startedAt);
    return reason === undefined ? { status: 'up', durationMs } : { status: 'down', durationMs, reason };
  }

  async #reasonOfFailure(check: ReadinessCheck): Promise<string | undefined> {
    const timeout = Promise.withResolvers<string>();
    const cancel = this.#clock.after(this.#timeoutMs, () => timeout.resolve(`no answer within ${this.#timeoutMs} ms`));
    const outcome = check.run().then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    return Promise.race([outcome, timeout.promise]).finally(cancel);
  }
}

/** A code where there is one: messages of drivers hold host names and users. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'failed';
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
