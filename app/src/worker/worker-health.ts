import { createServer, type Server } from 'node:http';

/**
 * Answers the container's health check: 503 until the worker has once reached all that it needs, so that a rollout waits
 * for it; from then on 200 as long as this process can answer, whatever is unreachable: a restart would bring nothing back.
 */
export function serveHealth(port: number, hasStarted: () => boolean): Server {
  let started = false;
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] !== '/health') {
      response.writeHead(404).end();
      return;
    }
    started ||= hasStarted();
    response.writeHead(started ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: started ? 'ok' : 'starting' }));
  });
  return server.listen(port, '0.0.0.0');
}
