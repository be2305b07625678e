import {
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  isBrokenCircuitError,
  retry,
  wrap,
} from 'cockatiel';
import { Agent, request } from 'undici';
import type { WebhookTargets } from '../env/services.ts';
import { checkPublicUrl, ForbiddenTarget, publicLookup } from './public-address.ts';

const tryTimeoutMs = 5_000;
const connectTimeoutMs = 2_000;
const retries = 2;
const failuresUntilOpen = 5;
const openMs = 30_000;
/** Answers are thrown away; whoever sends more than this is cut off. */
const mostAnswerBytes = 16_384;
const mostOrigins = 1_000;

export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The other side answered that it can't now, or did not answer. */
export class TargetUnavailable extends Error {
  override readonly name = 'TargetUnavailable';
}

/**
 * Posts to addresses that strangers named. Each try has a time-out; a few are made, with pauses left to chance; an origin
 * that failed five times in a row is left alone for half a minute, so that it can't keep every worker waiting.
 * Redirects are not followed: they could lead anywhere.
 */
export class HttpSender {
  readonly #targets: WebhookTargets;
  readonly #agent: Agent;
  readonly #policies = new Map<string, IPolicy>();

  constructor(targets: WebhookTargets) {
    this.#targets = targets;
    this.#agent = new Agent({
      connect: { timeout: connectTimeoutMs, ...(targets === 'public' ? { lookup: publicLookup } : {}) },
      headersTimeout: tryTimeoutMs,
      bodyTimeout: tryTimeoutMs,
      // Another target's turn comes soon, and this one may have moved by then.
      keepAliveTimeout: 1_000,
    });
  }

  /**
   * The status of the answer, below 500.
   * @throws ForbiddenTarget, TargetUnavailable
   */
  async post(message: Message, signal: AbortSignal): Promise<number> {
    const url = new URL(message.url);
    if (this.#targets === 'public') {
      checkPublicUrl(url);
    }
    try {
      return await this.#policyOf(url.origin).execute(({ signal: inner }) => this.#tryOnce(message, inner), signal);
    } catch (error) {
      throw isBrokenCircuitError(error)
        ? new TargetUnavailable('it failed too often and is left alone', { cause: error })
        : error;
    }
  }

  async #tryOnce({ url, headers, body }: Message, signal: AbortSignal): Promise<number> {
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers },
        body,
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(tryTimeoutMs)]),
      });
      await answer.body.dump({ limit: mostAnswerBytes });
      if (answer.statusCode >= 500 || answer.statusCode === 429) {
        throw new TargetUnavailable(`it answered ${answer.statusCode}`);
      }
      return answer.statusCode;
    } catch (error) {
      throw error instanceof ForbiddenTarget || error instanceof TargetUnavailable
        ? error
        : new TargetUnavailable('it did not answer', { cause: error });
    }
  }

  #policyOf(origin: string): IPolicy {
    const known = this.#policies.get(origin);
    if (known !== undefined) {
      return known;
    }
    const [oldest] = this.#policies.keys();
    if (this.#policies.size >= mostOrigins && oldest !== undefined) {
      this.#policies.delete(oldest);
    }
    const policy = wrap(retryPolicy(), breaker());
    this.#policies.set(origin, policy);
    return policy;
  }
}

const unavailable = handleWhen((error) => error instanceof TargetUnavailable);

function retryPolicy() {
  return retry(unavailable, {
    maxAttempts: retries,
    backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 2_000 }),
  });
}

function breaker(): CircuitBreakerPolicy {
  return circuitBreaker(unavailable, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresUntilOpen) });
}
