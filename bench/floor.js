// The floor: the least code that answers /ready and a list from Postgres. What a framework adds is measured against it.
// Plain JavaScript, because stripping types would be counted as its boot.
import { createServer } from 'node:http';
import pg from 'pg';

const { env } = process;
const pool = new pg.Pool({
  host: env.DATABASE_HOST,
  port: Number(env.DATABASE_PORT),
  database: env.DATABASE_NAME,
  user: env.DATABASE_USER,
  password: env.DATABASE_PASSWORD,
  max: Number(env.DATABASE_POOL_SIZE),
});

const routes = {
  '/ready': 'select 1',
  '/todos': env.FLOOR_LIST_SQL,
};

const server = createServer(async (request, response) => {
  const sql = routes[request.url.split('?', 1)[0]];
  const { rows } = await pool.query(sql);
  const body = JSON.stringify({ items: rows });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});

server.listen(Number(env.PORT), '127.0.0.1');
