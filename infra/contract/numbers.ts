import { maxConnections } from '../catalog/rds-instance-classes.ts';
import { bakesOf } from '../settings/rollout-strategy.ts';
import type { Settings, WorkerSettings } from '../settings/settings.ts';
import { deriveMemory, deriveWorker, type ServiceContract, type WorkerContract, workerPoolSize } from './processes.ts';

/** The numbers that infrastructure and app must agree on. The app gets them as variables and derives none itself. */
export interface ContractNumbers {
  readonly port: number;
  /** Where Prometheus would find the figures; reached by nobody through the load balancer. */
  readonly metricsPort: number;
  readonly longestRequestSeconds: number;
  /** From SIGTERM on the app answers 503 on /ready, and serves everything else, for this long. */
  readonly drainDelaySeconds: number;
  /** From SIGTERM to the app's own hard exit. */
  readonly shutdownTimeoutSeconds: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly deregistrationDelaySeconds: number;
  /** Check of the target group. */
  readonly readiness: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    /** Limit of one dependency's answer. */
    readonly dependencyTimeoutMs: number;
  };
  /** Check of the container: is the process still alive? */
  readonly liveness: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly retries: number;
    readonly startPeriodSeconds: number;
  };
  readonly gracePeriodSeconds: number;
  readonly rollout: {
    /** Failed tasks after which the circuit breaker gives up; absent where traffic is shifted, which has none. */
    readonly failuresToTrip?: number;
    /** For which two whole fleets run after the new one got healthy. */
    readonly bakeSeconds: number;
  };
  /** How long a rollout tries to get healthy, each attempt as slow as it may be. */
  readonly attemptsSeconds: number;
  /** How long a rollout may take, failed attempts and the circuit breaker's rollback included. */
  readonly rolloutTimeoutSeconds: number;
  readonly minimumHealthyPercent: number;
  readonly maximumHealthyPercent: number;
  readonly database: {
    /** `max_connections` of the parameter group. */
    readonly maxConnections: number;
    /** Connections of all tasks at the height of a rollout. */
    readonly connectionsDuringRollout: number;
    readonly migrationConnections: number;
    readonly reservedConnections: number;
    /** Part of max_connections that a proxy may take for the tasks. */
    readonly taskConnectionsPercent: number;
  };
  /** Of what runs beside the app in each task of API and worker. */
  readonly sidecarMemoryMiB: number;
  readonly api: ServiceContract;
  /** Absent: nothing works on jobs. */
  readonly worker?: WorkerContract;
  readonly migrate: ServiceContract;
}

/** Above the load balancer's idle timeout, so that the app never closes a connection which is about to be used. */
const keepAliveMarginSeconds = 5;
const headersMarginSeconds = 1;
/** Node's timers and the container runtime are not exact to the second. */
export const killMarginSeconds = 2;
const deregistrationMarginSeconds = 5;
/** The health check has its own schedule: one interval more than the arithmetic says. */
const graceMarginIntervals = 1;
/** From RunTask to a started container: about 60 s for an image of 250 MB (aws/containers-roadmap#696), twice that here. */
const provisioningSeconds = 120;

/** Node runs one process a task: processor cores are used by more tasks, never by `cluster`. */
const processesPerTask = 1;
/** One connection holds the advisory lock and the other applies the migrations. */
const migrationConnections = 2;

/** Derives every number on which infrastructure and app must agree from the settings, whether they hold or not. */
export function deriveNumbers(settings: Settings): ContractNumbers {
  const { timing, api, worker } = settings;
  const keepAliveTimeoutSeconds = timing.albIdleTimeoutSeconds + keepAliveMarginSeconds;
  const maximumHealthyPercent = 200;
  const database = deriveConnections(settings, maximumHealthyPercent);
  const memory = { cpuUnits: api.cpuUnits, ...deriveMemory(api.memoryMiB) };
  const sidecarMemoryMiB = settings.tracing?.collectorMemoryMiB ?? 0;
  return {
    port: 3000,
    metricsPort: 9464,
    longestRequestSeconds: timing.longestRequestSeconds,
    drainDelaySeconds: timing.drainDelaySeconds,
    shutdownTimeoutSeconds: timing.drainDelaySeconds + timing.longestRequestSeconds + timing.closeMarginSeconds,
    stopTimeoutSeconds: timing.stopTimeoutSeconds,
    idleTimeoutSeconds: timing.albIdleTimeoutSeconds,
    keepAliveTimeoutSeconds,
    headersTimeoutSeconds: keepAliveTimeoutSeconds + headersMarginSeconds,
    requestTimeoutSeconds: timing.longestRequestSeconds,
    deregistrationDelaySeconds: timing.longestRequestSeconds + deregistrationMarginSeconds,
    ...deriveHealth(settings),
    ...deriveRollout(settings),
    minimumHealthyPercent: 100,
    maximumHealthyPercent,
    database: database.database,
    sidecarMemoryMiB,
    api: { ...memory, ...deriveMemory(api.memoryMiB, sidecarMemoryMiB), poolSize: database.poolSize },
    ...(worker === undefined
      ? {}
      : {
          worker: deriveWorker(worker, {
            closeMarginSeconds: timing.closeMarginSeconds,
            killMarginSeconds,
            sidecarMemoryMiB,
          }),
        }),
    migrate: { ...memory, poolSize: migrationConnections },
  };
}

function deriveHealth({ timing }: Settings): Pick<ContractNumbers, 'readiness' | 'liveness' | 'gracePeriodSeconds'> {
  const { healthCheckIntervalSeconds: intervalSeconds, healthCheckTimeoutSeconds: timeoutSeconds } = timing;
  return {
    readiness: {
      path: '/ready',
      intervalSeconds,
      timeoutSeconds,
      healthyThreshold: timing.healthyThreshold,
      unhealthyThreshold: Math.max(2, Math.ceil(timing.toleratedOutageSeconds / intervalSeconds)),
      dependencyTimeoutMs: timing.readyTimeoutMs,
    },
    liveness: {
      path: '/health',
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      startPeriodSeconds: timing.slowestBootSeconds,
    },
    gracePeriodSeconds: timing.slowestBootSeconds + (timing.healthyThreshold + graceMarginIntervals) * intervalSeconds,
  };
}

/**
 * The circuit breaker gives up after as many failed tasks as half of the desired count, at least 3 and at most 200.
 * As many tasks as desired start at a time, and each fails as late as it may; then the rollback is one more rollout.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * A traffic shift has no circuit breaker: it gets the time of one slow start, and of its bakes.
 */
function deriveRollout(
  settings: Settings,
): Pick<ContractNumbers, 'rollout' | 'attemptsSeconds' | 'rolloutTimeoutSeconds'> {
  const { timing, api, worker, rollout } = settings;
  const attemptSeconds = provisioningSeconds + deriveHealth(settings).gracePeriodSeconds;
  const cleanupSeconds = timing.longestRequestSeconds + deregistrationMarginSeconds + timing.stopTimeoutSeconds;
  const bakeSeconds = bakesOf(rollout).reduce((sum, minutes) => sum + minutes * 60, 0);
  const failuresToTrip = failuresToTripOf(api.desiredCount);
  const attempts = rollout.kind === 'rolling' ? Math.ceil(failuresToTrip / api.desiredCount) : 1;
  const attemptsSeconds = attempts * attemptSeconds;
  return {
    rollout: { bakeSeconds, ...(rollout.kind === 'rolling' ? { failuresToTrip } : {}) },
    attemptsSeconds,
    // Of whichever takes longer: one command waits for all of them.
    rolloutTimeoutSeconds: Math.max(
      attemptsSeconds + bakeSeconds + attemptSeconds + 2 * cleanupSeconds,
      worker === undefined ? 0 : workerRolloutSeconds(worker, settings),
    ),
  };
}

/** Without a load balancer its own check decides; it rolls whatever the API does. */
function workerRolloutSeconds({ desiredCount, longestJobSeconds }: WorkerSettings, settings: Settings): number {
  const { liveness } = deriveHealth(settings);
  const attemptSeconds =
    provisioningSeconds + liveness.startPeriodSeconds + liveness.retries * liveness.intervalSeconds;
  const cleanupSeconds = longestJobSeconds + settings.timing.closeMarginSeconds + killMarginSeconds;
  return (Math.ceil(failuresToTripOf(desiredCount) / desiredCount) + 1) * attemptSeconds + 2 * cleanupSeconds;
}

function failuresToTripOf(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

/** The tasks of a rollout, old and new ones, share what is left of max_connections. */
function deriveConnections(
  { api, worker, database }: Settings,
  maximumHealthyPercent: number,
): { database: ContractNumbers['database']; poolSize: number } {
  const most = maxConnections(database.instanceClass);
  const processes = Math.floor((api.maxCount * maximumHealthyPercent) / 100) * processesPerTask;
  const taskConnectionsPercent = Math.floor(
    ((most - database.reservedConnections - migrationConnections) * 100) / most,
  );
  // A proxy is given a percentage, rounded down, and no more than that.
  const available = database.proxy
    ? Math.floor((most * taskConnectionsPercent) / 100)
    : most - database.reservedConnections - migrationConnections;
  const ofWorkers =
    worker === undefined ? 0 : Math.floor((worker.maxCount * maximumHealthyPercent) / 100) * workerPoolSize(worker);
  const poolSize = Math.max(0, Math.min(database.poolSizeMax, Math.floor((available - ofWorkers) / processes)));
  return {
    poolSize,
    database: {
      maxConnections: most,
      connectionsDuringRollout: processes * poolSize + ofWorkers,
      migrationConnections,
      reservedConnections: database.reservedConnections,
      taskConnectionsPercent,
    },
  };
}

/** Seconds from a task's first check to traffic. */
export function secondsToHealthy({ readiness }: Pick<ContractNumbers, 'readiness'>): number {
  return readiness.healthyThreshold * readiness.intervalSeconds;
}

/** Connections that are asked for at the height of a rollout, with a migration and a person at work. */
export function connectionDemand({ database }: Pick<ContractNumbers, 'database'>): number {
  return database.connectionsDuringRollout + database.migrationConnections + database.reservedConnections;
}
