import { createServer } from 'node:http';

const { PORT, UPLOADS_BUCKET } = process.env;
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ uploads: UPLOADS_BUCKET ?? null }));
}).listen(Number(PORT));
process.on('SIGTERM', () => setTimeout(() => process.exit(0), 10_000));
