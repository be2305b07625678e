// Long-lived connections, as of a chat: a WebSocket that echoes, and events sent by the server.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const { PORT, KEEP_ALIVE_SECONDS, DRAIN_SECONDS, PING_SECONDS, APP_VERSION } = process.env;
const log = (level, msg) => console.log(JSON.stringify({ level, time: new Date().toISOString(), msg }));
if (!(Number(PORT) > 0)) {
  log('fatal', `PORT is ${PORT}: it must be a port`);
  process.exit(1);
}

let stopping = false;
const streams = new Set();
const routes = {
  '/health': () => [200, {}],
  '/ready': () => [stopping ? 503 : 200, {}],
  '/version': () => [200, { version: APP_VERSION }],
};
const server = createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`event: hello\ndata: ${APP_VERSION}\n\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  const [status, body] = routes[request.url]?.() ?? [404, {}];
  const headers = { 'content-type': 'application/json', ...(stopping ? { connection: 'close' } : {}) };
  response.writeHead(status, headers).end(JSON.stringify(body));
});
server.keepAliveTimeout = Number(KEEP_ALIVE_SECONDS) * 1000;

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, { url }) => {
  socket.silent = url === '/socket?silent';
  socket.send(`hello ${APP_VERSION}`);
  socket.on('message', (data) => socket.send(String(data)));
});

// Nothing but these keeps the load balancer from ending a connection on which nobody says anything.
setInterval(() => {
  for (const socket of sockets.clients) if (!socket.silent) socket.ping();
  for (const stream of streams) stream.write(': ping\n\n');
}, Number(PING_SECONDS) * 1000);

server.listen(Number(PORT), () => log('info', 'serving'));

process.on('SIGTERM', () => {
  log('info', 'draining');
  stopping = true;
  setTimeout(() => {
    // Clients connect again, and the load balancer leads them to another task.
    for (const socket of sockets.clients) socket.close(1001, 'the server is stopping');
    for (const stream of streams) stream.end('event: bye\ndata: the server is stopping\n\n');
    server.close(() => process.exit(0));
    setInterval(() => server.closeIdleConnections(), 100);
  }, Number(DRAIN_SECONDS) * 1000);
});
