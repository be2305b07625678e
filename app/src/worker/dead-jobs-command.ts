import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { Database } from '../database/database.ts';
import type { WorkerEnv } from '../env/env.ts';
import { createLogger, standardOutput } from '../logging/logger.ts';
import { JobStore } from '../outbox/job-store.ts';
import { workerModule } from './worker.module.ts';

const usage =
  'usage: worker.js                        takes jobs\n       worker.js --dead                 lists the jobs that were given up\n       worker.js --retry all|<id>…      tries them again\n';
const mostListed = 1_000;
const connectWithinMs = 10_000;

/** What a person can do about dead jobs; writes JSON lines and ends. */
export async function runDeadJobsCommand(env: WorkerEnv, [command, ...ids]: readonly string[]): Promise<void> {
  if (command !== '--dead' && (command !== '--retry' || ids.length === 0)) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const logger = createLogger(env.identity, 'error', standardOutput());
  const app = await NestFactory.createApplicationContext(workerModule(env, logger), { logger: false });
  try {
    await connected(app.get(Database));
    const store = app.get(JobStore);
    if (command === '--dead') {
      for (const job of await store.dead(mostListed)) {
        process.stdout.write(`${JSON.stringify(job)}\n`);
      }
      return;
    }
    const [first] = ids;
    const retried = await store.revive(first === 'all' ? undefined : ids);
    process.stdout.write(`${JSON.stringify({ retried })}\n`);
  } finally {
    await app.close();
  }
}

async function connected(database: Database): Promise<void> {
  const deadline = performance.now() + connectWithinMs;
  while (!database.connected) {
    if (performance.now() > deadline) {
      throw new Error(`the database could not be reached within ${connectWithinMs} ms`);
    }
    await sleep(20);
  }
}
