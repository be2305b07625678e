import 'reflect-metadata';
import { join } from 'node:path';
import { createApiServer } from './api-server.ts';
import { systemClock } from './clock/clock.ts';
import { Database } from './database/database.ts';
import { type ApiEnv, loadApiEnv } from './env/env.ts';
import { loadOrExit } from './launch/load-or-exit.ts';
import { createLogger, standardOutput } from './logging/logger.ts';
import { logNodeWarnings } from './logging/node-warnings.ts';
import { RequestObserver } from './metrics/request-observer.ts';
import { containedMigrations } from './migrate/contained-migrations.ts';
import { exitOnCrash } from './shutdown/crash.ts';
import { serverSteps } from './shutdown/server-steps.ts';
import { Shutdown } from './shutdown/shutdown.ts';

async function serve(env: ApiEnv): Promise<void> {
  const logs = standardOutput();
  const logger = createLogger(env.identity, env.logLevel, logs);
  exitOnCrash(logger, logs);
  logNodeWarnings(logger);
  // Until it listens there is nothing to finish. As PID 1 the kernel would drop a signal that nobody handles.
  let onSignal: (signal: string) => void = () => process.exit(0);
  process.on('SIGTERM', (signal) => onSignal(signal));
  process.on('SIGINT', (signal) => onSignal(signal));
  const { metrics, tracing } = env.telemetry;
  if (tracing !== undefined) {
    const { startTracing } = await import('./tracing/start-tracing.ts');
    startTracing(tracing, env.identity);
  }
  const requests = new RequestObserver();
  const app = await createApiServer(env, logger, requests, {
    docsDirectory: join(import.meta.dirname, 'docs'),
    migrations: containedMigrations(join(import.meta.dirname, 'migrations')).map(({ name }) => name),
  });
  const shutdown = new Shutdown(serverSteps(app, logs), env.shutdown, systemClock, logger);
  await app.listen({ port: env.http.port, host: '0.0.0.0' });
  onSignal = (signal) => shutdown.onSignal(signal);
  logger.info({ operation: 'start', port: env.http.port, startedInMs: Math.round(performance.now()) }, 'listening');
  if (metrics !== undefined) {
    // Loaded after the start, which it must not slow down.
    const { startMetrics } = await import('./metrics/start-metrics.ts');
    const database = app.get(Database);
    startMetrics(metrics, { service: env.identity.service, pool: () => database.poolUse, requests }, logger);
  }
}

// A rejection is a crash: exitOnCrash logs it and ends the process.
void serve(loadOrExit(loadApiEnv));
