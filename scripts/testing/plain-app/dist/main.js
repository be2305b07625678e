import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, DRAIN_DELAY_SECONDS, KEEP_ALIVE_TIMEOUT_SECONDS, RELEASE_VERSION, RELEASE_COMMIT, RELEASE_IMAGE } = process.env;
const log = (level, msg) => console.log(JSON.stringify({ level, time: new Date().toISOString(), msg }));

if (!(Number(PORT) > 0)) {
  log('fatal', `PORT is ${JSON.stringify(PORT)}: it must be a port`);
  process.exit(1);
}
const write = (folder) => {
  try {
    writeFileSync(`${folder}/probe`, 'x');
    return 'written';
  } catch (error) {
    return error.code;
  }
};
let stopping = false;
const routes = {
  '/health': () => [200, { status: 'up' }],
  '/ready': () => [stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ready' }],
  '/version': () => [200, { version: RELEASE_VERSION, commit: RELEASE_COMMIT, image: RELEASE_IMAGE }],
  '/greeting': () => [200, { greeting: 'hello' }],
  '/writes': () => [200, Object.fromEntries(['/tmp', '/app/uploads', '/app'].map((folder) => [folder, write(folder)]))],
};
const server = createServer((request, response) => {
  const [status, body] = routes[request.url]?.() ?? [404, { title: 'Not Found' }];
  const headers = { 'content-type': 'application/json', ...(stopping ? { connection: 'close' } : {}) };
  response.writeHead(status, headers).end(JSON.stringify(body));
});
server.keepAliveTimeout = Number(KEEP_ALIVE_TIMEOUT_SECONDS) * 1000;
server.listen(Number(PORT), () => log('info', `serving ${RELEASE_VERSION}`));

process.on('SIGTERM', () => {
  log('info', 'draining');
  stopping = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    setInterval(() => server.closeIdleConnections(), 100);
  }, Number(DRAIN_DELAY_SECONDS) * 1000);
});
