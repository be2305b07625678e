// Keeps the whole contract, except for the one promise that BREAKS names.
const { writeFile } = require('node:fs/promises');
const { createServer } = require('node:http');
const { Pool } = require('pg');
const { log } = require('./log.js');

const { PORT, PREFIX, BREAKS, DATABASE_URL, POOL_SIZE, KEEP_ALIVE_SECONDS, DRAIN_SECONDS, VERSION } = process.env;
if (!DATABASE_URL) {
  log('fatal', 'DATABASE_URL is not set');
  process.exit(1);
}
const breaks = (promise) => promise === BREAKS;

const url = new URL(DATABASE_URL);
if (breaks('certificate')) url.searchParams.delete('sslmode');
const pool = new Pool({
  connectionString: url.href,
  max: breaks('connections') ? 30 : Number(POOL_SIZE),
  connectionTimeoutMillis: breaks('connections') ? 20_000 : 1000,
  idleTimeoutMillis: 0,
  ...(breaks('certificate') ? { ssl: { rejectUnauthorized: false } } : {}),
});
pool.on('error', ({ message }) => log('warn', message));
const asksDatabase = () =>
  pool.query('SELECT 1').then(
    () => 200,
    () => 503,
  );

let stopping = false;
const routes = {
  '/health': async () => (breaks('liveness') ? await asksDatabase() : 200),
  '/ready': async () => (stopping ? 503 : await asksDatabase()),
  '/version': async () => 200,
  '/files': async () => {
    try {
      await writeFile(`${breaks('disk') ? '/srv' : '/tmp'}/upload`, 'x');
      return 201;
    } catch (error) {
      log('error', error.message);
      return 500;
    }
  },
};
const server = createServer(async (request, response) => {
  const status = await (routes[request.url.replace(PREFIX, '')] ?? (async () => 404))();
  const headers = { 'content-type': 'application/json', ...(stopping ? { connection: 'close' } : {}) };
  response.writeHead(status, headers).end(JSON.stringify({ version: VERSION }));
});
server.keepAliveTimeout = breaks('keep-alive') ? 5000 : Number(KEEP_ALIVE_SECONDS) * 1000;

async function prepare() {
  if (breaks('connections')) await Promise.all(Array.from({ length: 30 }, () => pool.query('SELECT pg_sleep(1)')));
  if (breaks('schema')) {
    await pool
      .query('ALTER TABLE notes ADD COLUMN IF NOT EXISTS author text')
      .catch(({ message }) => log('warn', `The schema stays as it is: ${message}`));
  }
}

prepare()
  .catch(({ message }) => log('warn', message))
  .finally(() => server.listen(Number(PORT), () => log('info', 'serving')));

process.on('SIGTERM', () => {
  if (breaks('stop')) return;
  stopping = true;
  setTimeout(() => {
    server.close(() => pool.end().then(() => process.exit(0)));
    setInterval(() => server.closeIdleConnections(), 100);
  }, Number(DRAIN_SECONDS) * 1000);
});
