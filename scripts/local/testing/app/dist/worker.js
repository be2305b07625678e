import { createServer } from 'node:http';
import { behaviour } from './behaviour.js';

const { PORT, RELEASE_VERSION } = process.env;

/** Has no queue: it is there, and says whether it is well. */
createServer((request, response) => {
  const well = request.url === '/health' && !behaviour.workerNeverReady;
  response.writeHead(well ? 200 : 503).end();
}).listen(Number(PORT), () => console.log(`working as ${RELEASE_VERSION}`));
process.on('SIGTERM', () => process.exit(0));
