import { PrismaPg } from '@prisma/adapter-pg';
import { defineConfig } from 'prisma/config';

// Migrations without a program of Prisma's own, which npm does not have: its engine for them is also WebAssembly, and
// connects as the app does. Adapters before 7 cannot read what it asks Postgres (prisma/prisma#27403).
export default defineConfig({
  schema: 'prisma/schema.prisma',
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }),
});
