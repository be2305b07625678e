import { setTimeout as pause } from 'node:timers/promises';

const concurrency = 4;
const requestTimeoutMs = 10_000;
/** Enough to meet every moment of a shutdown, little enough to leave the machine to what is tested. */
const pauseMs = 10;

export interface Traffic {
  /** Ends it, and says how the requests went. */
  stop(): Promise<{ readonly requests: number; readonly failures: readonly string[] }>;
}

/** A few clients that send one request after the other until they are stopped. */
export function startTraffic(url: string, signal: AbortSignal): Traffic {
  const failures: string[] = [];
  let requests = 0;
  let stopped = false;
  const client = async () => {
    while (!stopped && !signal.aborted) {
      requests += 1;
      const failure = await send(url);
      if (failure !== undefined) failures.push(failure);
      await pause(pauseMs);
    }
  };
  const clients = Array.from({ length: concurrency }, client);
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return { requests, failures };
    },
  };
}

async function send(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
    await response.arrayBuffer();
    return response.status < 500 ? undefined : `status ${response.status}`;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
}
