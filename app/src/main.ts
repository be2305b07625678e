import 'reflect-metadata';
import { join } from 'node:path';
import { createApiServer } from './api-server.ts';
import { Database } from './database/database.ts';
import { type ApiEnv, loadApiEnv } from './env/env.ts';
import { OpenRequests } from './http/open-requests.ts';
import { boot } from './launch/boot.ts';
import { loadOrExit } from './launch/load-or-exit.ts';
import { RequestObserver } from './metrics/request-observer.ts';
import { containedMigrations } from './migrate/contained-migrations.ts';
import { serverSteps } from './shutdown/server-steps.ts';

async function serve(env: ApiEnv): Promise<void> {
  const service = await boot(env);
  const [requests, open] = [new RequestObserver(), new OpenRequests(env.http.requestTimeoutMs)];
  const records = { log: service.requestLogger, observer: requests, open };
  const files = {
    docsDirectory: join(import.meta.dirname, 'docs'),
    migrations: containedMigrations(join(import.meta.dirname, 'migrations')).map(({ name }) => name),
  };
  const app = await createApiServer(env, service.logger, records, files);
  const steps = serverSteps(app, open);
  await app.listen({ port: env.http.port, host: '0.0.0.0' });
  service.running('listening', env.http.port, steps);
  const database = app.get(Database);
  await service.measure({ pool: () => database.poolUse, requests });
}

// A rejection is a crash: boot makes sure that the log says so and the process ends.
void serve(loadOrExit(loadApiEnv));
