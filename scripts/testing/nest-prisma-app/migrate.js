// In the place of `prisma migrate deploy`, whose engine is a program that npm does not have: applies the folders of
// prisma/migrations in their order, and records them in the table that Prisma has for it.
const { randomUUID, createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { Client } = require('pg');

const folder = 'prisma/migrations';
const record = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0)`;

async function migrate() {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  // The number that Prisma locks, too.
  await client.query('SELECT pg_advisory_lock(72707369)');
  await client.query(record);
  const { rows } = await client.query('SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL');
  const applied = new Set(rows.map(({ migration_name }) => migration_name));
  const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/migration.sql`));
  const pending = names.filter((name) => !applied.has(name)).sort();
  for (const name of pending) {
    const sql = readFileSync(`${folder}/${name}/migration.sql`, 'utf8');
    await client.query(sql);
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
      [randomUUID(), createHash('sha256').update(sql).digest('hex'), name],
    );
  }
  await client.end();
  console.log(
    JSON.stringify({
      level: 'info',
      msg: pending.length === 0 ? 'No pending migrations to apply.' : `Applied ${pending.join(', ')}`,
    }),
  );
}

migrate().catch((error) => {
  console.error(error);
  process.exit(1);
});
