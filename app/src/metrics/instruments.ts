import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PoolUse } from '../database/pool-use.ts';
import type { Backlog } from '../outbox/job-store.ts';
import type { EventLoopLag } from './event-loop-lag.ts';
import type { JobOutcome } from './job-outcome.ts';
import type { RequestObserver } from './request-observer.ts';

/** Where the figures come from; a process has some of them. */
export interface MetricsSources {
  readonly service: string;
  readonly pool: () => PoolUse;
  readonly requests?: RequestObserver;
  readonly jobs?: JobFigures;
}

interface JobFigures {
  readonly backlog: () => Promise<Backlog>;
  /** Calls back for each job that came to an end, in whatever way. */
  readonly onEnd: (report: (job: string, outcome: JobOutcome, seconds: number) => void) => void;
}

/** Finer where the service's own answers are, coarser up to its longest. */
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const jobBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

export function createInstruments(sources: MetricsSources, lag: EventLoopLag): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: sources.service });
  addProcess(registry, sources, lag);
  addRequests(registry, sources.requests);
  addJobs(registry, sources.jobs);
  return registry;
}

function addProcess(registry: Registry, { pool }: MetricsSources, lag: EventLoopLag): void {
  gauge(registry, 'event_loop_lag_p99_seconds', 'How late the event loop is, 99th percentile', () => lag.p99Ms / 1_000);
  gauge(registry, 'heap_used_bytes', 'Memory of live and dead objects', () => process.memoryUsage().heapUsed);
  gauge(registry, 'resident_memory_bytes', 'Memory that the process holds', () => process.memoryUsage.rss());
  gauge(registry, 'database_pool_connections', 'Connections that the pool may hold', () => pool().size);
  gauge(registry, 'database_pool_in_use', 'Connections on which statements run', () => pool().inUse);
  gauge(registry, 'database_pool_waiting', 'Callers that wait for a connection', () => pool().waiting);
}

function addRequests(registry: Registry, requests: RequestObserver | undefined): void {
  if (requests === undefined) {
    return;
  }
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Rate, errors and duration of requests',
    labelNames: ['method', 'route', 'status'],
    buckets: requestBuckets,
    registers: [registry],
  });
  requests.reportTo(({ method, route, status, seconds }) => histogram.observe({ method, route, status }, seconds));
}

function addJobs(registry: Registry, jobs: JobFigures | undefined): void {
  if (jobs === undefined) {
    return;
  }
  const histogram = new Histogram({
    name: 'job_duration_seconds',
    help: 'Duration of tries of jobs',
    labelNames: ['job', 'outcome'],
    buckets: jobBuckets,
    registers: [registry],
  });
  const dead = new Counter({
    name: 'jobs_buried_total',
    help: 'Jobs given up',
    labelNames: ['job'],
    registers: [registry],
  });
  jobs.onEnd((job, outcome, seconds) => {
    if (outcome === 'dead') {
      dead.inc({ job });
    } else {
      histogram.observe({ job, outcome }, seconds);
    }
  });
  const backlog = async (figure: keyof Backlog) => (await jobs.backlog())[figure];
  gauge(registry, 'queue_depth', 'Jobs that are due and not done', () => backlog('depth'));
  gauge(registry, 'queue_oldest_seconds', 'For how long the oldest of them has been due', () =>
    backlog('oldestSeconds'),
  );
  gauge(registry, 'jobs_postponed', 'Jobs that wait for their next attempt', () => backlog('postponed'));
  gauge(registry, 'jobs_dead', 'Jobs that were given up and wait for a person', () => backlog('dead'));
}

function gauge(registry: Registry, name: string, help: string, read: () => number | Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}
