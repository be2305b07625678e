import { Agent, request } from 'undici';
import type { WebhookTargets } from '../env/services.ts';
import { checkPublicUrl, ForbiddenTarget, publicLookup } from './public-address.ts';

/** GitHub gives receivers as long: https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks */
export const answerTimeoutMs = 10_000;
const connectTimeoutMs = 3_000;
/** Answers are thrown away; whoever sends more than this is cut off. */
const mostAnswerBytes = 16_384;

export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  /** As the other side wrote it. */
  readonly retryAfter: string | undefined;
}

/** The other side could not be reached, or did not answer in time. The message says which, for whoever runs it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Posts to addresses that strangers named, once, with a timeout. Redirects are not followed: they could lead anywhere. */
export class HttpSender {
  readonly #targets: WebhookTargets;
  readonly #agent: Agent;

  constructor(targets: WebhookTargets) {
    this.#targets = targets;
    this.#agent = new Agent({
      connect: { timeout: connectTimeoutMs, ...(targets === 'public' ? { lookup: publicLookup } : {}) },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
      // Another target's turn comes soon, and this one may have moved by then.
      keepAliveTimeout: 1_000,
    });
  }

  /** @throws ForbiddenTarget, NoAnswer, and the reason of `signal` when that was aborted */
  async post({ url, headers, body }: Message, signal: AbortSignal): Promise<Answer> {
    if (this.#targets === 'public') {
      checkPublicUrl(new URL(url));
    }
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers },
        body,
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
      });
      await answer.body.dump({ limit: mostAnswerBytes });
      const retryAfter = answer.headers['retry-after'];
      return { status: answer.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ForbiddenTarget ? error : new NoAnswer(reasonOf(error), { cause: error });
    }
  }
}

/** A code such as ENOTFOUND or CERT_HAS_EXPIRED says most, and nothing about our side. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer within ${answerTimeoutMs / 1_000} s`;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `no answer: ${code}` : 'no answer';
}
