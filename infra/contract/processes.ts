import type { WorkerSettings } from '../settings/settings.ts';

/** The programs in the image. Each runs in a container of its own. */
export type Process = 'api' | 'worker' | 'migrate';

/** Numbers of the containers of one service. */
export interface ServiceContract {
  readonly cpuUnits: number;
  /** Memory of the task, which Fargate bills. */
  readonly taskMemoryMiB: number;
  /** Hard limit of the container: exceeding it ends the task, and ECS starts another. */
  readonly containerMemoryMiB: number;
  /** `--max-old-space-size` and `--max-semi-space-size`: the heap that leaves room for everything outside of it. */
  readonly maxOldSpaceMiB: number;
  readonly maxSemiSpaceMiB: number;
  /** What V8's young generation can take: three semi spaces. */
  readonly youngGenerationMiB: number;
  /** Left for the code, the stacks, buffers and native memory. */
  readonly headroomMiB: number;
  /** Database connections of one task. */
  readonly poolSize: number;
}

/** What serves no request has times of its own: no load balancer waits for it. */
export interface WorkerContract extends ServiceContract {
  /** Jobs in hand at the same time, of one task. */
  readonly concurrency: number;
  /** From SIGTERM to the worker's own hard exit. */
  readonly shutdownTimeoutSeconds: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
}

/** Besides those of the jobs: one publishes the outbox, one looks for what is due, one measures the queue. */
export const spareConnections = 3;

/** Database connections of one worker task. */
export function workerPoolSize({ concurrency }: Pick<WorkerSettings, 'concurrency'>): number {
  return concurrency + spareConnections;
}

/** What the worker’s numbers follow from besides its own settings. */
export interface WorkerMargins {
  readonly closeMarginSeconds: number;
  readonly killMarginSeconds: number;
  readonly sidecarMemoryMiB: number;
}

export function deriveWorker(
  worker: WorkerSettings,
  { closeMarginSeconds, killMarginSeconds, sidecarMemoryMiB }: WorkerMargins,
): WorkerContract {
  const shutdownTimeoutSeconds = worker.longestJobSeconds + closeMarginSeconds;
  return {
    cpuUnits: worker.cpuUnits,
    ...deriveMemory(worker.memoryMiB, sidecarMemoryMiB),
    poolSize: workerPoolSize(worker),
    concurrency: worker.concurrency,
    shutdownTimeoutSeconds,
    stopTimeoutSeconds: shutdownTimeoutSeconds + killMarginSeconds,
  };
}

/**
 * The app's container gets all memory of its task that no sidecar has, as a limit of its own: without one, the limit
 * that Node sees depends on the platform. V8 by itself would take about half of it and stop at 2.2 GB.
 */
export function deriveMemory(
  taskMemoryMiB: number,
  sidecarMemoryMiB = 0,
): Omit<ServiceContract, 'poolSize' | 'cpuUnits'> {
  const containerMemoryMiB = taskMemoryMiB - sidecarMemoryMiB;
  // A larger young generation means fewer collections; V8's own default is 16 MiB a semi space on 64 bits.
  const maxSemiSpaceMiB = containerMemoryMiB < 1024 ? 8 : containerMemoryMiB < 2048 ? 16 : 32;
  const youngGenerationMiB = 3 * maxSemiSpaceMiB;
  const headroomMiB = Math.max(128, Math.ceil(containerMemoryMiB / 5));
  return {
    taskMemoryMiB,
    containerMemoryMiB,
    maxSemiSpaceMiB,
    youngGenerationMiB,
    headroomMiB,
    maxOldSpaceMiB: containerMemoryMiB - youngGenerationMiB - headroomMiB,
  };
}
