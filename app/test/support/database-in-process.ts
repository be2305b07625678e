import { onTestFinished } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { createLogger } from '../../src/logging/logger.ts';
import { eventually, type Variables } from './running-app.ts';

const identity = { service: 'worker', environment: 'e2e', region: 'local', version: '1', commit: 'c', image: 'i' };

/** A pool in the process of the test, for what a process of its own would hide: who comes first, and which day it is. */
export async function connectTo(variables: Variables): Promise<Database> {
  const settings = {
    host: String(variables['DATABASE_HOST']),
    port: Number(variables['DATABASE_PORT']),
    name: String(variables['DATABASE_NAME']),
    user: String(variables['DATABASE_USER']),
    authentication: { mode: 'password', password: String(variables['DATABASE_PASSWORD']) } as const,
    tls: { mode: 'disable' } as const,
    connectTimeoutMs: 2_000,
    poolSize: 6,
    statementTimeoutMs: 10_000,
  };
  const database = new Database(settings, createLogger(identity, 'fatal', { write: () => undefined }), identity, []);
  database.onModuleInit();
  onTestFinished(() => database.onApplicationShutdown());
  await eventually(() => database.connected, 'the pool to connect');
  return database;
}
