const { Client } = require('pg');
const { log } = require('./log.js');

const client = new Client({ connectionString: process.env.DATABASE_URL });
client
  .connect()
  .then(() => client.query('CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)'))
  .then(() => client.end())
  .then(() => log('info', 'migrated'));
