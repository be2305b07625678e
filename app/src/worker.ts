import 'reflect-metadata';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { systemClock } from './clock/clock.ts';
import { Database } from './database/database.ts';
import { loadWorkerEnv, type WorkerEnv } from './env/env.ts';
import { boot } from './launch/boot.ts';
import { loadOrExit } from './launch/load-or-exit.ts';
import type { Logger } from './logging/logger.ts';
import { NestLogger } from './logging/nest-logger.ts';
import { JobStore } from './outbox/job-store.ts';
import { Consumer } from './queue/consumer.ts';
import { JobQueue } from './queue/job-queue.ts';
import { runDeadJobsCommand } from './worker/dead-jobs-command.ts';
import { jobHandlers } from './worker/job-handlers.ts';
import { Repeater } from './worker/repeated.ts';
import { repeatedWorks } from './worker/repeated-works.ts';
import { workerModule } from './worker/worker.module.ts';
import { serveHealth } from './worker/worker-health.ts';
import { workerSteps } from './worker/worker-steps.ts';

async function work(env: WorkerEnv): Promise<void> {
  const service = await boot(env);
  const { logger } = service;
  const app = await createContext(env, logger);
  const [database, store] = [app.get(Database), app.get(JobStore)];
  const queue = new JobQueue(env.valkey, logger);
  const handlers = jobHandlers(env, database, store, logger);
  const { valkey, concurrency } = env;
  const consumer = new Consumer({ valkey, concurrency, handlers, store, logger, clock: systemClock });
  const repeater = new Repeater(logger);
  const health = serveHealth(env.port, {
    attempted: () => Promise.all([database.attempted(), consumer.attempted()]),
    hasReached: () => database.connected && consumer.hasConnected,
  });
  consumer.start();
  const attempted = Promise.all([database.attempted(), queue.attempted()]);
  repeater.start(attempted, ...repeatedWorks(store, queue, database));
  const steps = workerSteps({ app, consumer, queue, repeater, health }, env.shutdown.timeoutMs);
  service.running('taking jobs', env.port, steps);
  const jobs = { backlog: () => store.backlog(), onEnd: consumer.onEnd.bind(consumer) };
  await service.measure({ pool: () => database.poolUse, jobs });
}

async function createContext(env: WorkerEnv, logger: Logger): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(workerModule(env, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}

const env = loadOrExit(loadWorkerEnv);
// A rejection is a crash: boot makes sure that the log says so and the process ends.
void (process.argv.length > 2 ? runDeadJobsCommand(env, process.argv.slice(2)) : work(env));
