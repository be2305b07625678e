const { PrismaPg } = require('@prisma/adapter-pg');
const { defineConfig } = require('prisma/config');

// Migrations without a program of Prisma's own, which npm does not have: the engine is WebAssembly, and connects as the app
// does. Adapters before 7 cannot read what it asks Postgres (prisma/prisma#27403). The command ends ten seconds after its
// work, with the timer of its lock.
module.exports = defineConfig({
  schema: 'prisma/schema.prisma',
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }),
});
