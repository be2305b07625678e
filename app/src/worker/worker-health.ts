import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the worker cannot do its work without. */
interface Needs {
  /** Resolves when the attempts to reach it that are under way have ended. */
  attempted(): Promise<unknown>;
  hasReached(): boolean;
}

/** Whoever asks during the start gets its answer when there is one; a container's check may take 5 s. */
const longestWaitMs = 1_000;

/**
 * Answers the container's health check: 503 until the worker has once reached all that it needs, so that a rollout waits
 * for it; from then on 200 as long as this process can answer, whatever is unreachable: a restart would bring nothing back.
 */
export function serveHealth(port: number, needs: Needs): Server {
  let started = false;
  const server = createServer(async (request, response) => {
    if (request.url?.split('?', 1)[0] !== '/health') {
      response.writeHead(404).end();
      return;
    }
    if (!started) {
      await Promise.race([needs.attempted(), sleep(longestWaitMs)]);
      started = needs.hasReached();
    }
    response.writeHead(started ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: started ? 'ok' : 'starting' }));
  });
  return server.listen(port, '0.0.0.0');
}
