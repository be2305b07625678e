import { maxConnections } from '../catalog/rds-instance-classes.ts';
import { type App, heapLostToFoldersMiB, type Process, releaseCommand } from '../manifest/app.ts';
import { variablesOf } from '../manifest/fit.ts';
import { processesOf, type SizedProcess, type Sizes } from '../manifest/processes.ts';
import { sourcesIn } from '../manifest/sources.ts';
import { bakesOf } from '../settings/rollout-strategy.ts';
import type { Settings } from '../settings/settings.ts';
import { metricsPort } from './metrics-port.ts';
import { deriveMemory, type ProcessContract, poolSizeOf } from './processes.ts';

/** Numbers that infrastructure and app must agree on, before they are checked. */
export interface ContractNumbers {
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
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    /** How long the app stays ready in an outage, before the first health check fails; 0 for an app that does not. */
    readonly graceSeconds: number;
    /** Timeout of one dependency within the readiness check. */
    readonly dependencyTimeoutMs: number;
  };
  /** Health check of the container: is the process alive? */
  readonly liveness: {
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
    /** `max_connections` of the parameter group, or of a database that exists already. */
    readonly maxConnections: number;
    /** Connections of all tasks at the peak of a rollout. */
    readonly connectionsDuringRollout: number;
    readonly migrationConnections: number;
    readonly reservedConnections: number;
    /** Share of max_connections that RDS Proxy may use for the tasks. */
    readonly taskConnectionsPercent: number;
  };
  /** Memory of the collector in each task of a service. */
  readonly sidecarMemoryMiB: number;
  /** By name, in the order of the manifest; the release command is the last. */
  readonly processes: Readonly<Record<Process, ProcessContract>>;
}

/** Above the ALB idle timeout, so that the app never closes a connection that is about to be used. */
const keepAliveMarginSeconds = 5;
const headersMarginSeconds = 1;
/** Node's timers and the container runtime are not accurate to the second. */
export const killMarginSeconds = 2;
const deregistrationMarginSeconds = 5;
/** ELBv2 API, UnhealthyThresholdCount. */
export const mostFailedChecks = 10;
/** The health check runs on its own schedule, so the first one may come an interval late. */
const graceMarginIntervals = 1;
/** From RunTask to a started container: about 60 s for a 250 MB image (aws/containers-roadmap#696), doubled. */
const provisioningSeconds = 120;

/** One Node process per task: more cores mean more tasks, never `cluster`. */
const processesPerTask = 1;
/** One connection holds the advisory lock, the other applies the migrations. */
const migrationConnections = 2;

/** Of one run of a process on a schedule, or that somebody starts. */
const runConnections = 2;
/** A run may start before the one before it has ended. */
const runsAtOnce = { schedule: 2, once: 1 } as const;

/** Derives the numbers from the settings without checking them. */
export function deriveNumbers(settings: Settings, app: App): ContractNumbers {
  const { timing } = settings;
  const processes = processesOf(settings, app);
  const keepAliveTimeoutSeconds = timing.albIdleTimeoutSeconds + keepAliveMarginSeconds;
  const maximumHealthyPercent = 200;
  const { database, poolSize } = deriveConnections(settings, processes, maximumHealthyPercent);
  const sidecarMemoryMiB = settings.tracing?.collectorMemoryMiB ?? 0;
  const shutdownTimeoutSeconds = timing.drainDelaySeconds + timing.longestRequestSeconds + timing.closeMarginSeconds;
  const { stopTimeoutSeconds } = timing;
  const foldersMiB = heapLostToFoldersMiB(app);
  const health = deriveHealth(settings, staysReadyInOutages(settings, app, processes));
  const shared = { timing, sidecarMemoryMiB, foldersMiB, poolSize, shutdownTimeoutSeconds, stopTimeoutSeconds };
  return {
    metricsPort,
    longestRequestSeconds: timing.longestRequestSeconds,
    drainDelaySeconds: timing.drainDelaySeconds,
    shutdownTimeoutSeconds,
    stopTimeoutSeconds,
    idleTimeoutSeconds: timing.albIdleTimeoutSeconds,
    keepAliveTimeoutSeconds,
    headersTimeoutSeconds: keepAliveTimeoutSeconds + headersMarginSeconds,
    requestTimeoutSeconds: timing.longestRequestSeconds,
    deregistrationDelaySeconds: timing.longestRequestSeconds + deregistrationMarginSeconds,
    ...health,
    ...deriveRollout(settings, processes, health),
    minimumHealthyPercent: 100,
    maximumHealthyPercent,
    database,
    sidecarMemoryMiB,
    processes: Object.fromEntries([
      ...processes.map((process) => [process.name, deriveProcess(process, shared)] as const),
      [releaseCommand, deriveReleaseCommand(processes, shared)] as const,
    ]),
  };
}

interface Shared extends Pick<ContractNumbers, 'sidecarMemoryMiB' | 'shutdownTimeoutSeconds' | 'stopTimeoutSeconds'> {
  readonly timing: Settings['timing'];
  readonly foldersMiB: number;
  /** Of one task that serves HTTP. */
  readonly poolSize: number;
}

function deriveProcess({ kind, prefix, sizes }: SizedProcess, shared: Shared): ProcessContract {
  const { cpuUnits, memoryMiB, desiredCount, maxCount } = sizes;
  const common = { kind, prefix, cpuUnits, ...deriveMemory(memoryMiB, shared), desiredCount, maxCount };
  if (kind === 'http') return { ...common, poolSize: shared.poolSize, ...stopOf(shared) };
  const shutdownTimeoutSeconds = sizes.longestJobSeconds + shared.timing.closeMarginSeconds;
  return {
    ...common,
    ...(kind === 'background'
      ? { poolSize: poolSizeOf(sizes), concurrency: sizes.concurrency }
      : { poolSize: runConnections, desiredCount: 1, maxCount: 1 }),
    shutdownTimeoutSeconds,
    stopTimeoutSeconds: shutdownTimeoutSeconds + killMarginSeconds,
  };
}

/** It has the size of the process that gets the requests, and no collector. */
function deriveReleaseCommand(processes: readonly SizedProcess[], shared: Shared): ProcessContract {
  const front = processes.find(({ kind }) => kind === 'http');
  const { prefix = '', sizes } = front ?? {};
  return {
    kind: 'release',
    prefix,
    cpuUnits: sizes?.cpuUnits ?? 256,
    ...deriveMemory(sizes?.memoryMiB ?? 512, { ...shared, sidecarMemoryMiB: 0 }),
    poolSize: migrationConnections,
    desiredCount: 1,
    maxCount: 1,
    ...stopOf(shared),
  };
}

function stopOf({ shutdownTimeoutSeconds, stopTimeoutSeconds }: Shared) {
  return { shutdownTimeoutSeconds, stopTimeoutSeconds };
}

/**
 * A target group marks a task unhealthy after ten failed checks at most. What `toleratedOutageSeconds` has beyond them, the
 * app tolerates by itself where each process that serves reads `{readyGraceSeconds}`; otherwise the checks are further apart.
 */
function outageOf(
  { timing }: Settings,
  staysReady: boolean,
): { readonly intervalSeconds: number; readonly graceSeconds: number } {
  const { toleratedOutageSeconds, healthCheckIntervalSeconds } = timing;
  const beyond = Math.max(0, toleratedOutageSeconds - mostFailedChecks * healthCheckIntervalSeconds);
  return staysReady
    ? { intervalSeconds: healthCheckIntervalSeconds, graceSeconds: beyond }
    : {
        intervalSeconds: Math.max(healthCheckIntervalSeconds, Math.ceil(toleratedOutageSeconds / mostFailedChecks)),
        graceSeconds: 0,
      };
}

function staysReadyInOutages(settings: Settings, app: App, processes: readonly SizedProcess[]): boolean {
  return processes
    .filter(({ kind }) => kind === 'http')
    .every(({ name }) =>
      variablesOf(app, name, settings).some(([, value]) => sourcesIn(value).includes('readyGraceSeconds')),
    );
}

type Health = Pick<ContractNumbers, 'readiness' | 'liveness' | 'gracePeriodSeconds'>;

function deriveHealth(settings: Settings, staysReady: boolean): Health {
  const { timing } = settings;
  const { intervalSeconds, graceSeconds } = outageOf(settings, staysReady);
  const { healthCheckTimeoutSeconds: timeoutSeconds } = timing;
  return {
    readiness: {
      intervalSeconds,
      timeoutSeconds,
      healthyThreshold: timing.healthyThreshold,
      unhealthyThreshold: Math.max(2, Math.ceil((timing.toleratedOutageSeconds - graceSeconds) / intervalSeconds)),
      graceSeconds,
      dependencyTimeoutMs: timing.readyTimeoutMs,
    },
    liveness: {
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
  processes: readonly SizedProcess[],
  health: Health,
): Pick<ContractNumbers, 'rollout' | 'attemptsSeconds' | 'rolloutTimeoutSeconds'> {
  const { timing, rollout } = settings;
  const attemptSeconds = provisioningSeconds + health.gracePeriodSeconds;
  const cleanupSeconds = timing.longestRequestSeconds + deregistrationMarginSeconds + timing.stopTimeoutSeconds;
  const bakeSeconds = bakesOf(rollout).reduce((sum, minutes) => sum + minutes * 60, 0);
  const serving = processes.filter(({ kind }) => kind === 'http').map(({ sizes }) => sizes.desiredCount);
  const failuresToTrip = Math.max(...serving.map(failuresToTripOf));
  const attempts =
    rollout.kind === 'rolling'
      ? Math.max(...serving.map((desired) => Math.ceil(failuresToTripOf(desired) / desired)))
      : 1;
  const attemptsSeconds = attempts * attemptSeconds;
  return {
    rollout: { bakeSeconds, ...(rollout.kind === 'rolling' ? { failuresToTrip } : {}) },
    attemptsSeconds,
    // The longest of all processes, because one update waits for each of them.
    rolloutTimeoutSeconds: Math.max(
      attemptsSeconds + bakeSeconds + attemptSeconds + 2 * cleanupSeconds,
      ...processes
        .filter(({ kind }) => kind === 'background')
        .map(({ sizes }) => backgroundRolloutSeconds(sizes, settings, health)),
    ),
  };
}

/** It has no load balancer: its container health check decides. It always rolls, whatever the strategy is. */
function backgroundRolloutSeconds(
  { desiredCount, longestJobSeconds }: Sizes,
  settings: Settings,
  { liveness }: Health,
): number {
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
  { database }: Settings,
  processes: readonly SizedProcess[],
  maximumHealthyPercent: number,
): { database: ContractNumbers['database']; poolSize: number } {
  const most = database.maxConnections ?? maxConnections(database.instanceClass);
  const tasksOf = ({ sizes }: SizedProcess) => Math.floor((sizes.maxCount * maximumHealthyPercent) / 100);
  const sum = (kind: SizedProcess['kind'], count: (process: SizedProcess) => number) =>
    processes.filter((process) => process.kind === kind).reduce((total, process) => total + count(process), 0);
  const serving = sum('http', tasksOf) * processesPerTask;
  const ofRuns = (sum('schedule', () => runsAtOnce.schedule) + sum('once', () => runsAtOnce.once)) * runConnections;
  const taskConnectionsPercent = Math.floor(
    ((most - database.reservedConnections - migrationConnections) * 100) / most,
  );
  // RDS Proxy takes a whole percentage, so its share is rounded down.
  const available = database.proxy
    ? Math.floor((most * taskConnectionsPercent) / 100)
    : most - database.reservedConnections - migrationConnections;
  const inBackground = sum('background', (process) => tasksOf(process) * poolSizeOf(process.sizes));
  const poolSize = Math.max(
    0,
    Math.min(database.poolSizeMax, Math.floor((available - inBackground - ofRuns) / serving)),
  );
  return {
    poolSize,
    database: {
      maxConnections: most,
      connectionsDuringRollout: serving * poolSize + inBackground + ofRuns,
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
