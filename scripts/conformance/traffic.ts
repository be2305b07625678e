import { setTimeout as pause } from 'node:timers/promises';
import type { SmokeTest } from '../release/flow.ts';

/** Enough to meet every moment of a shutdown, little enough to leave the machine to what is tested. */
const defaultClients = 4;
const pauseMs = 10;
const smokeTimeoutMs = 20_000;
/** Between two smoke tests: an app may limit what one client asks of it in a minute. */
const smokePauseMs = 500;

/** Sends one request. Resolves with its status, rejects where there is no answer. */
export type Send = () => Promise<number>;

export interface TrafficReport {
  readonly requests: number;
  /** Answers 429: a rate limiter took them for what they were. */
  readonly limited: number;
  readonly failures: readonly string[];
}

export interface Traffic {
  /** Ends it, and says how the requests went. */
  stop(): Promise<TrafficReport>;
}

/** A few clients that send one request after the other until they are stopped. */
export function startTraffic(send: Send, signal: AbortSignal, clients = defaultClients): Traffic {
  const failures: string[] = [];
  let requests = 0;
  let limited = 0;
  let stopped = false;
  const client = async () => {
    while (!stopped && !signal.aborted) {
      requests += 1;
      try {
        const status = await send();
        if (status === 429) limited += 1;
        if (status >= 500) failures.push(`status ${status}`);
      } catch (error) {
        failures.push(messageOf(error));
      }
      await pause(pauseMs);
    }
  };
  const all = Array.from({ length: clients }, client);
  return {
    async stop() {
      stopped = true;
      await Promise.all(all);
      return { requests, limited, failures };
    },
  };
}

/** How often a rate limiter answered, for the end of a sentence; empty where it did not. */
export function limitedIn({ requests, limited }: Pick<TrafficReport, 'requests' | 'limited'>): string {
  return limited === 0 ? '' : `; a rate limiter answered ${limited} of ${requests} with 429`;
}

export interface SmokeReport {
  readonly runs: number;
  readonly limited: number;
  readonly failures: readonly string[];
}

/** Runs the app's smoke test again and again, at least once, until it is stopped. */
export function repeatSmoke(smoke: SmokeTest, baseUrl: string, signal: AbortSignal): { stop(): Promise<SmokeReport> } {
  const failures: string[] = [];
  let runs = 0;
  let limited = 0;
  let stopped = false;
  const counting: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    if (response.status === 429) limited += 1;
    return response;
  };
  const loop = async () => {
    do {
      runs += 1;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(smokeTimeoutMs)]);
      await smoke({ baseUrl, fetch: counting, signal: limit }).catch((error: unknown) =>
        failures.push(messageOf(error)),
      );
      await pause(smokePauseMs);
    } while (!stopped && limited === 0 && failures.length === 0 && !signal.aborted);
  };
  const running = loop();
  return {
    async stop() {
      stopped = true;
      await running;
      return { runs, limited, failures };
    },
  };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
