// As TypeScript compiles it: the decorators of Nest are applied by hand.
require('reflect-metadata');
const { Body, ConsoleLogger, Controller, Get, HttpCode, HttpException, Inject, Logger, Module, Post } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient } = require('./generated/client.js');

const decorate = (target, method, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, method);
  for (const decorator of decorators) decorator(target.prototype, method, descriptor);
};
const { DATABASE_URL, DATABASE_POOL, PORT, KEEP_ALIVE_MS, DRAIN_MS, APP_VERSION } = process.env;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Database {
  constructor() {
    const pool = { connectionString: DATABASE_URL, max: Number(DATABASE_POOL), connectionTimeoutMillis: 1000 };
    const onPoolError = ({ message }) => Logger.warn(message, 'Database');
    this.prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onPoolError }), errorFormat: 'minimal' });
  }
  async onApplicationShutdown() {
    await this.prisma.$disconnect();
  }
}

class HealthController {
  constructor(database) {
    this.database = database;
  }
  live() {
    return { status: 'ok' };
  }
  async ready() {
    if (this.stopping) throw new HttpException('stopping', 503);
    await this.database.prisma.$queryRaw`SELECT 1`.catch(({ message }) => {
      throw new HttpException(message, 503);
    });
    return { status: 'ok' };
  }
  version() {
    return { version: APP_VERSION };
  }
  async beforeApplicationShutdown() {
    this.stopping = true;
    await pause(Number(DRAIN_MS));
  }
}
Controller()(HealthController);
Inject(Database)(HealthController, undefined, 0);
decorate(HealthController, 'live', Get('health/live'));
decorate(HealthController, 'ready', Get('health/ready'));
decorate(HealthController, 'version', Get('version'));

class NotesController {
  constructor(database) {
    this.database = database;
  }
  async list() {
    return this.database.prisma.note.findMany({ orderBy: { id: 'asc' } });
  }
  async create({ text }) {
    await this.database.prisma.note.create({ data: { text } });
  }
}
Controller('notes')(NotesController);
Inject(Database)(NotesController, undefined, 0);
decorate(NotesController, 'list', Get());
decorate(NotesController, 'create', Post(), HttpCode(201));
Body()(NotesController.prototype, 'create', 0);

class AppModule {}
Module({ controllers: [HealthController, NotesController], providers: [Database] })(AppModule);

async function start() {
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set');
  const app = await NestFactory.create(AppModule, { logger: new ConsoleLogger({ json: true }) });
  app.enableShutdownHooks();
  app.getHttpServer().keepAliveTimeout = Number(KEEP_ALIVE_MS);
  await app.listen(Number(PORT), '0.0.0.0');
}

start().catch(({ message }) => {
  console.error(JSON.stringify({ level: 'fatal', message }));
  process.exit(1);
});
