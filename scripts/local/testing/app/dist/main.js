import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { behaviour } from './behaviour.js';
import { askValkey } from './valkey.js';

const { PORT, DRAIN_DELAY_SECONDS, RELEASE_VERSION } = process.env;
if (behaviour.crashes) {
  console.error('this release crashes at start');
  process.exit(3);
}
let draining = false;
const hoard = [];

const routes = {
  '/health': () => [200, { status: 'up' }],
  '/ready': () => [draining || behaviour.neverReady ? 503 : 200, { reason: behaviour.neverReady ? 'it never is' : 'fine' }],
  '/version': () => [200, { version: RELEASE_VERSION }],
  '/valkey': async () => [200, await askValkey()],
  '/environment': () => [200, process.env],
  '/write': () => {
    try {
      writeFileSync('/app/written', 'x');
      return [200, { written: true }];
    } catch (error) {
      return [500, { code: error.code }];
    }
  },
  '/hoard': () => {
    setInterval(() => hoard.push(Buffer.alloc(16 * 2 ** 20, 1)), 10);
    return [202, {}];
  },
};

const server = createServer((request, response) => {
  const answer = async () => {
    const [status, body] = (await routes[request.url]?.()) ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const seconds = /^\/slow\/(\d+)$/.exec(request.url)?.[1];
  if (seconds === undefined) void answer();
  else setTimeout(() => response.writeHead(200).end('done'), Number(seconds) * 1000);
});
server.keepAliveTimeout = 65_000;
server.listen(Number(PORT), () => console.log(`serving ${RELEASE_VERSION}`));
process.on('SIGTERM', () => {
  console.log('draining');
  draining = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    setInterval(() => server.closeIdleConnections(), 100);
  }, Number(DRAIN_DELAY_SECONDS) * 1000);
});
