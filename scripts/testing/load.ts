import autocannon from 'autocannon';

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Connection errors, timeouts and answers other than 2xx. */
  readonly failed: number;
}

export interface Load {
  /** Ends the load and gives its figures. */
  stop(): Promise<LoadResult>;
}

/**
 * A steady, bounded load of GET requests on 127.0.0.1.
 * @param rate requests per second, over all connections
 */
export function startLoad(
  url: string,
  { rate = 250, connections = 16, maxSeconds = 120, headers = {} as Readonly<Record<string, string>> } = {},
): Load {
  if (new URL(url).hostname !== '127.0.0.1') throw new Error(`A load goes to 127.0.0.1 only, not to ${url}`);
  let stop = () => {};
  const finished = new Promise<LoadResult>((resolve, reject) => {
    const run = autocannon(
      { url, headers: { ...headers }, connections, overallRate: rate, duration: maxSeconds, timeout: 20 },
      (error, result) => {
        if (error) return reject(error);
        resolve({
          requests: result.requests.total,
          requestsPerSecond: result.requests.total / result.duration,
          failed: result.errors + result.timeouts + result.non2xx,
        });
      },
    );
    stop = () => run.stop?.();
  });
  return {
    stop() {
      stop();
      return finished;
    },
  };
}
