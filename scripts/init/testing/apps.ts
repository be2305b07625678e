import type { Files } from './folder.ts';

/** A Nest API with TypeORM, whose Dockerfile starts a script that migrates first, and a worker for BullMQ. */
export const nestTypeorm: Files = {
  'package.json': JSON.stringify({
    name: 'orders',
    version: '2.0.0',
    scripts: { build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main', worker: 'node dist/worker' },
    dependencies: {
      '@nestjs/core': '11.0.0',
      '@nestjs/terminus': '11.0.0',
      bullmq: '5.0.0',
      ioredis: '5.0.0',
      nodemailer: '7.0.0',
      pg: '8.0.0',
      typeorm: '0.3.20',
    },
    devDependencies: { '@nestjs/cli': '11.0.0', typescript: '5.9.3' },
  }),
  'package-lock.json': '{}',
  'tsconfig.json': JSON.stringify({ compilerOptions: { outDir: 'dist' }, include: ['src/**/*'] }),
  '.dockerignore': 'node_modules\ndist\n',
  Dockerfile: [
    'FROM node:22 AS build',
    'WORKDIR /srv',
    'COPY . .',
    'RUN npm ci && npm run build',
    'FROM node:22',
    'WORKDIR /srv',
    'ENV NODE_OPTIONS=--enable-source-maps',
    'COPY --from=build /srv ./',
    'EXPOSE 4000',
    'CMD ["./start.sh"]',
  ].join('\n'),
  'start.sh': '#!/bin/sh\nset -e\n# Wait first.\n./wait-for-it.sh postgres:5432\nnpm run seed\nnpm run start:prod\n',
  '.env.example': [
    'PORT=4000',
    'DB_HOST=localhost',
    'DB_PORT=5432',
    'DB_USER=root',
    'DB_PASSWORD=secret',
    'DB_NAME=orders',
    'DB_SSL=false',
    'REDIS_URL=redis://localhost:6379',
    'SMTP_HOST=mail.orders.test',
    'SMTP_PORT=465',
    'JWT_SECRET=change-me',
    'STRIPE_API_KEY=sk_test',
    'SENTRY_TOKEN=',
    'PAGE_SIZE=50',
  ].join('\n'),
  'src/main.ts': `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.setGlobalPrefix('api', { exclude: ['health/live'] });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap();
`,
  'src/worker.ts': `import { Worker } from 'bullmq';
new Worker('mail', async () => {}, { connection: { url: process.env.REDIS_URL } });
`,
  'src/health.controller.ts': `import { Controller, Get } from '@nestjs/common';
import { HealthCheck, TypeOrmHealthIndicator } from '@nestjs/terminus';
@Controller('health')
export class HealthController {
  constructor(private readonly database: TypeOrmHealthIndicator) {}
  @Get('live') live() { return 'ok'; }
  @Get('ready') @HealthCheck() ready() { return this.database.pingCheck('database'); }
}
`,
  'src/data-source.ts': `import { DataSource } from 'typeorm';
export const source = new DataSource({
  type: 'postgres',
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT ?? 5432),
  username: process.env.DB_USER,
  password: process.env['DB_PASSWORD'],
  database: process.env.DB_NAME,
  ssl: process.env.DB_SSL === 'true',
  migrations: [__dirname + '/migrations/*.js'],
});
`,
  'src/migrations/1700000000000-orders.ts': 'export class Orders {}\n',
  'src/settings.ts': `import { ConfigService } from '@nestjs/config';
export const read = (config: ConfigService) => ({
  jwt: config.getOrThrow<string>('JWT_SECRET'),
  stripe: config.get('STRIPE_API_KEY'),
  sentry: config.get('SENTRY_TOKEN'),
  page: config.get('PAGE_SIZE', 20),
  currency: process.env.CURRENCY || 'EUR',
  origins: process.env.ORIGINS?.split(','),
  warehouse: process.env.WAREHOUSE,
  mail: [process.env.SMTP_HOST, process.env.SMTP_PORT],
});
`,
  'src/settings.spec.ts': "process.env.ONLY_IN_TESTS = 'x';\n",
};

/** A Nest API with Prisma, pnpm and no Dockerfile, whose compiler takes every TypeScript file. */
export const nestPrisma: Files = {
  'package.json': JSON.stringify({
    name: 'notes',
    scripts: { build: 'nest build', 'start:prod': 'node dist/main' },
    dependencies: { '@nestjs/core': '11.0.0', '@prisma/client': '6.0.0' },
    devDependencies: { prisma: '6.0.0', dotenv: '17.0.0' },
  }),
  'pnpm-lock.yaml': '',
  'tsconfig.json': '{ "compilerOptions": { "outDir": "./dist" } } // all',
  'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n',
  'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
  'prisma/migrations/20240101000000_init/migration.sql': 'CREATE TABLE notes ();\n',
  'src/main.ts': `import 'dotenv/config';
import { NestFactory } from '@nestjs/core';
export async function bootstrap() {
  const app = await NestFactory.create({});
  await app.listen(3333);
}
`,
  'src/app.controller.ts': `import { Controller, Get } from '@nestjs/common';
@Controller()
export class AppController {
  @Get() hello() { return 'hello'; }
  @Get('notes/:id') note() { return {}; }
}
`,
};

/** Express without a framework’s help: the start migrates, and a Procfile has a worker. */
export const express: Files = {
  'package.json': JSON.stringify({
    name: 'shop',
    type: 'module',
    scripts: { start: 'knex migrate:latest && node server.js' },
    dependencies: { express: '5.0.0', knex: '3.0.0', pg: '8.0.0', envalid: '8.0.0' },
  }),
  'yarn.lock': '',
  Procfile: 'web: npm start\nworker: node jobs.js\nrelease: npm run none\n',
  'knexfile.js':
    "export default { client: 'pg', connection: process.env.DATABASE_URL, migrations: { directory: './db/migrations' } };\n",
  'db/migrations/20240101000000_shop.js': 'export const up = () => {};\n',
  'server.js': `import express from 'express';
import { cleanEnv, str, port, bool } from 'envalid';
const env = cleanEnv(process.env, { PORT: port({ default: 8080 }), COUNTRY: str(), DEBUG_SQL: bool({ default: false }) });
const app = express();
app.get('/healthz', (_request, response) => response.send('ok'));
app.get('/readyz', async (_request, response) => response.send(await ping()));
app.listen(env.PORT);
process.on('SIGTERM', () => {});
`,
  'jobs.js': 'setInterval(() => {}, 1000);\n',
};
