import { maxConnections } from '../catalog/rds-instance-classes.ts';
import { type App, heapLostToFoldersMiB, readinessOf } from '../manifest/app.ts';
import { bakesOf } from '../settings/rollout-strategy.ts';
import type { Settings, WorkerSettings } from '../settings/settings.ts';
import { deriveMemory, deriveWorker, type ServiceContract, type WorkerContract, workerPoolSize } from './processes.ts';

/** Numbers that infrastructure and app must agree on, before they are checked. */
export interface ContractNumbers {
  /** On which the API listens. */
  readonly port: number;
  /** Prometheus endpoint. Not reachable through the load balancer. */
  readonly metricsPort: number;
  readonly longestRequestSeconds: number;
  /** After SIGTERM the app returns 503 on its readiness path and serves everything else for this long. */
  readonly drainDelaySeconds: number;
  /** From SIGTERM until the app exits by itself at the latest. */
  readonly shutdownTimeoutSeconds: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number;
  readonly keepAliveTimeoutSeconds: number;
  readonly headersTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly deregistrationDelaySeconds: number;
  /** Health check of the target group. */
  readonly readiness: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    /** Timeout of one dependency within the readiness check. */
    readonly dependencyTimeoutMs: number;
  };
  /** Health check of the container: is the process alive? */
  readonly liveness: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly retries: number;
    readonly startPeriodSeconds: number;
  };
  readonly gracePeriodSeconds: number;
  readonly rollout: {
    /** Failed tasks that trip the circuit breaker. Absent for a traffic shift, which has none. */
    readonly failuresToTrip?: number;
    /** How long both fleets run after the new one is healthy. */
    readonly bakeSeconds: number;
  };
  /** How long a rollout tries to become healthy, with every attempt as slow as allowed. */
  readonly attemptsSeconds: number;
  /** How long a rollout may take, including failed attempts and the rollback. */
  readonly rolloutTimeoutSeconds: number;
  readonly minimumHealthyPercent: number;
  readonly maximumHealthyPercent: number;
  readonly database: {
    /** `max_connections` of the parameter group. */
    readonly maxConnections: number;
    /** Connections of all tasks at the peak of a rollout. */
    readonly connectionsDuringRollout: number;
    readonly migrationConnections: number;
    readonly reservedConnections: number;
    /** Share of max_connections that RDS Proxy may use for the tasks. */
    readonly taskConnectionsPercent: number;
  };
  /** Memory of the collector in each task of API and worker. */
  readonly sidecarMemoryMiB: number;
  readonly api: ServiceContract;
  /** Absent where the settings have no worker. */
  readonly worker?: WorkerContract;
  readonly migrate: ServiceContract;
}

/** Above the ALB idle timeout, so that the app never closes a connection that is about to be used. */
const keepAliveMarginSeconds = 5;
const headersMarginSeconds = 1;
/** Node's timers and the container runtime are not accurate to the second. */
export const killMarginSeconds = 2;
const deregistrationMarginSeconds = 5;
/** The health check runs on its own schedule, so the first one may come an interval late. */
const graceMarginIntervals = 1;
/** From RunTask to a started container: about 60 s for a 250 MB image (aws/containers-roadmap#696), doubled. */
const provisioningSeconds = 120;

/** One Node process per task: more cores mean more tasks, never `cluster`. */
const processesPerTask = 1;
/** One connection holds the advisory lock, the other applies the migrations. */
const migrationConnections = 2;

/** Derives the numbers from the settings without checking them. */
export function deriveNumbers(settings: Settings, app: App): ContractNumbers {
  const { timing, api, worker } = settings;
  const keepAliveTimeoutSeconds = timing.albIdleTimeoutSeconds + keepAliveMarginSeconds;
  const maximumHealthyPercent = 200;
  const database = deriveConnections(settings, maximumHealthyPercent);
  const sidecarMemoryMiB = settings.tracing?.collectorMemoryMiB ?? 0;
  const foldersMiB = heapLostToFoldersMiB(app);
  const memory = { cpuUnits: api.cpuUnits, ...deriveMemory(api.memoryMiB, { sidecarMemoryMiB: 0, foldersMiB }) };
  return {
    port: app.processes.api.http.port,
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
    ...deriveHealth(settings, app),
    ...deriveRollout(settings, app),
    minimumHealthyPercent: 100,
    maximumHealthyPercent,
    database: database.database,
    sidecarMemoryMiB,
    api: { ...memory, ...deriveMemory(api.memoryMiB, { sidecarMemoryMiB, foldersMiB }), poolSize: database.poolSize },
    ...(worker === undefined
      ? {}
      : {
          worker: deriveWorker(worker, {
            closeMarginSeconds: timing.closeMarginSeconds,
            killMarginSeconds,
            sidecarMemoryMiB,
            foldersMiB,
          }),
        }),
    migrate: { ...memory, poolSize: migrationConnections },
  };
}

function deriveHealth(
  { timing }: Settings,
  app: App,
): Pick<ContractNumbers, 'readiness' | 'liveness' | 'gracePeriodSeconds'> {
  const { healthCheckIntervalSeconds: intervalSeconds, healthCheckTimeoutSeconds: timeoutSeconds } = timing;
  return {
    readiness: {
      path: readinessOf(app),
      intervalSeconds,
      timeoutSeconds,
      healthyThreshold: timing.healthyThreshold,
      unhealthyThreshold: Math.max(2, Math.ceil(timing.toleratedOutageSeconds / intervalSeconds)),
      dependencyTimeoutMs: timing.readyTimeoutMs,
    },
    liveness: {
      path: app.processes.api.http.liveness,
      intervalSeconds: 10,
      timeoutSeconds: 5,
      retries: 3,
      startPeriodSeconds: timing.slowestBootSeconds,
    },
    gracePeriodSeconds: timing.slowestBootSeconds + (timing.healthyThreshold + graceMarginIntervals) * intervalSeconds,
  };
}

/**
 * The circuit breaker trips after half of the desired count has failed, at least 3 tasks and at most 200. Assumes that
 * the desired count starts at a time and that each task fails as late as possible. The rollback is one more rollout.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 * A traffic shift has no circuit breaker: it gets the time of one slow start and its bake times.
 */
function deriveRollout(
  settings: Settings,
  app: App,
): Pick<ContractNumbers, 'rollout' | 'attemptsSeconds' | 'rolloutTimeoutSeconds'> {
  const { timing, api, worker, rollout } = settings;
  const attemptSeconds = provisioningSeconds + deriveHealth(settings, app).gracePeriodSeconds;
  const cleanupSeconds = timing.longestRequestSeconds + deregistrationMarginSeconds + timing.stopTimeoutSeconds;
  const bakeSeconds = bakesOf(rollout).reduce((sum, minutes) => sum + minutes * 60, 0);
  const failuresToTrip = failuresToTripOf(api.desiredCount);
  const attempts = rollout.kind === 'rolling' ? Math.ceil(failuresToTrip / api.desiredCount) : 1;
  const attemptsSeconds = attempts * attemptSeconds;
  return {
    rollout: { bakeSeconds, ...(rollout.kind === 'rolling' ? { failuresToTrip } : {}) },
    attemptsSeconds,
    // The longer of API and worker, because one update waits for both.
    rolloutTimeoutSeconds: Math.max(
      attemptsSeconds + bakeSeconds + attemptSeconds + 2 * cleanupSeconds,
      worker === undefined ? 0 : workerRolloutSeconds(worker, settings, app),
    ),
  };
}

/** The worker has no load balancer: its container health check decides. It always rolls, whatever strategy the API has. */
function workerRolloutSeconds(
  { desiredCount, longestJobSeconds }: WorkerSettings,
  settings: Settings,
  app: App,
): number {
  const { liveness } = deriveHealth(settings, app);
  const attemptSeconds =
    provisioningSeconds + liveness.startPeriodSeconds + liveness.retries * liveness.intervalSeconds;
  const cleanupSeconds = longestJobSeconds + settings.timing.closeMarginSeconds + killMarginSeconds;
  return (Math.ceil(failuresToTripOf(desiredCount) / desiredCount) + 1) * attemptSeconds + 2 * cleanupSeconds;
}

function failuresToTripOf(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

/** Old and new tasks of a rollout share what the migration and the reserve leave of max_connections. */
function deriveConnections(
  { api, worker, database }: Settings,
  maximumHealthyPercent: number,
): { database: ContractNumbers['database']; poolSize: number } {
  const most = maxConnections(database.instanceClass);
  const processes = Math.floor((api.maxCount * maximumHealthyPercent) / 100) * processesPerTask;
  const taskConnectionsPercent = Math.floor(
    ((most - database.reservedConnections - migrationConnections) * 100) / most,
  );
  // RDS Proxy takes a whole percentage, so its share is rounded down.
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

/** Seconds from a task's first health check until it receives traffic. */
export function secondsToHealthy({ readiness }: Pick<ContractNumbers, 'readiness'>): number {
  return readiness.healthyThreshold * readiness.intervalSeconds;
}

/** Connections needed at the peak of a rollout, including a migration and the reserve for people. */
export function connectionDemand({ database }: Pick<ContractNumbers, 'database'>): number {
  return database.connectionsDuringRollout + database.migrationConnections + database.reservedConnections;
}
