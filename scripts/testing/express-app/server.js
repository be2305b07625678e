const express = require('express');
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DATABASE_POOL ?? 5) });
const app = express();
app.use(express.json());
app.get('/healthz', (_request, response) => response.send('ok'));
app.get('/notes', async (_request, response) => {
  const { rows } = await pool.query('SELECT text FROM notes ORDER BY id');
  response.json(rows.map(({ text }) => text));
});
app.post('/notes', async (request, response) => {
  await pool.query('INSERT INTO notes (text) VALUES ($1)', [request.body.text]);
  response.status(201).end();
});
app.get('/who', async (_request, response) => {
  const { rows } = await pool.query(
    'SELECT current_user AS user, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())',
  );
  const drop = await pool.query('DROP TABLE notes').catch(({ message }) => message);
  response.json({ ...rows[0], drop, greeting: process.env.GREETING, key: process.env.SESSION_KEY?.length ?? 0 });
});
const server = app.listen(8080, () => console.log(JSON.stringify({ level: 'info', msg: 'serving' })));
server.keepAliveTimeout = 75_000;
process.on('SIGTERM', () => server.close(() => pool.end()));
