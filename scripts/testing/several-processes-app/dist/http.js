import { createServer } from 'node:http';
import { log } from './log.js';

const { PORT, PREFIX, PROCESS, GREETING, DRAIN_DELAY_SECONDS, KEEP_ALIVE_TIMEOUT_SECONDS, RELEASE_VERSION } = process.env;
let stopping = false;
const routes = {
  '/healthz': () => [200, { status: 'up' }],
  '/readyz': () => [stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ready' }],
  '/version': () => [200, { version: RELEASE_VERSION }],
  '/who': () => [200, { process: PROCESS, greeting: GREETING }],
};
const server = createServer(({ url }, response) => {
  const { pathname } = new URL(url, 'http://server');
  const path = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : '';
  const [status, body] = routes[path]?.() ?? [404, { title: 'Not Found', process: PROCESS }];
  const headers = { 'content-type': 'application/json', ...(stopping ? { connection: 'close' } : {}) };
  response.writeHead(status, headers).end(JSON.stringify(body));
});
server.keepAliveTimeout = Number(KEEP_ALIVE_TIMEOUT_SECONDS) * 1000;
server.listen(Number(PORT), () => log('serving'));

process.on('SIGTERM', () => {
  stopping = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    setInterval(() => server.closeIdleConnections(), 100);
  }, Number(DRAIN_DELAY_SECONDS) * 1000);
});
