import 'reflect-metadata';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { systemClock } from './clock/clock.ts';
import { Database } from './database/database.ts';
import { loadWorkerEnv, type WorkerEnv } from './env/env.ts';
import { loadOrExit } from './launch/load-or-exit.ts';
import { createLogger, type Logger, standardOutput } from './logging/logger.ts';
import { NestLogger } from './logging/nest-logger.ts';
import { logNodeWarnings } from './logging/node-warnings.ts';
import { JobStore } from './outbox/job-store.ts';
import { Consumer } from './queue/consumer.ts';
import { JobQueue } from './queue/job-queue.ts';
import { exitOnCrash } from './shutdown/crash.ts';
import { Shutdown } from './shutdown/shutdown.ts';
import { runDeadJobsCommand } from './worker/dead-jobs-command.ts';
import { jobHandlers } from './worker/job-handlers.ts';
import { Repeater } from './worker/repeated.ts';
import { repeatedWorks } from './worker/repeated-works.ts';
import { workerModule } from './worker/worker.module.ts';
import { serveHealth } from './worker/worker-health.ts';
import { workerSteps } from './worker/worker-steps.ts';

async function work(env: WorkerEnv): Promise<void> {
  const logs = standardOutput();
  const logger = createLogger(env.identity, env.logLevel, logs);
  exitOnCrash(logger, logs);
  logNodeWarnings(logger);
  // Until it takes jobs there is nothing to finish. As PID 1 the kernel would drop a signal that nobody handles.
  let onSignal: (signal: string) => void = () => process.exit(0);
  process.on('SIGTERM', (signal) => onSignal(signal));
  process.on('SIGINT', (signal) => onSignal(signal));
  const { metrics, tracing } = env.telemetry;
  if (tracing !== undefined) {
    const { startTracing } = await import('./tracing/start-tracing.ts');
    startTracing(tracing, env.identity);
  }
  const app = await createContext(env, logger);
  const [database, store] = [app.get(Database), app.get(JobStore)];
  const queue = new JobQueue(env.valkey, logger);
  const handlers = jobHandlers(env, database, store, logger);
  const { valkey, concurrency } = env;
  const consumer = new Consumer({ valkey, concurrency, handlers, store, logger, clock: systemClock });
  const repeater = new Repeater(logger);
  const health = serveHealth(env.port, () => database.connected && consumer.hasConnected);
  const steps = workerSteps({ app, consumer, queue, repeater, health }, logs, env.shutdown.timeoutMs);
  const shutdown = new Shutdown(steps, env.shutdown, systemClock, logger);
  onSignal = (signal) => shutdown.onSignal(signal);
  consumer.start();
  repeater.start(...repeatedWorks(store, queue, database));
  logger.info({ operation: 'start', port: env.port, startedInMs: Math.round(performance.now()) }, 'taking jobs');
  if (metrics !== undefined) {
    const { startMetrics } = await import('./metrics/start-metrics.ts');
    const jobs = { backlog: () => store.backlog(), onEnd: consumer.onEnd.bind(consumer) };
    startMetrics(metrics, { service: env.identity.service, pool: () => database.poolUse, jobs }, logger);
  }
}

async function createContext(env: WorkerEnv, logger: Logger): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(workerModule(env, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}

const env = loadOrExit(loadWorkerEnv);
// A rejection is a crash: exitOnCrash logs it and ends the process.
void (process.argv.length > 2 ? runDeadJobsCommand(env, process.argv.slice(2)) : work(env));
