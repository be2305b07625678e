const { PrismaPg } = require('@prisma/adapter-pg');
const { defineConfig } = require('prisma/config');

// The finished command would run for ten seconds more: Prisma does not clear the timer of its lock, nor close its idle
// connection. While it waits for the lock, its connection keeps it running.
const lockMs = 10_000;
const { setTimeout: start } = globalThis;
globalThis.setTimeout = (callback, ms, ...args) => {
  const timer = start(callback, ms, ...args);
  return ms === lockMs ? timer.unref() : timer;
};

// Migrations without a program of Prisma's own, which npm does not have: the engine is WebAssembly, and connects as the app
// does. Adapters before 7 cannot read what it asks Postgres (prisma/prisma#27403).
module.exports = defineConfig({
  schema: 'prisma/schema.prisma',
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }),
});
