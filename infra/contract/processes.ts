import type { WorkerSettings } from '../settings/settings.ts';

/** Numbers of one process. */
export interface ServiceContract {
  readonly cpuUnits: number;
  /** Task memory, which Fargate bills. */
  readonly taskMemoryMiB: number;
  /** Hard limit of the container. Exceeding it kills the task, and ECS starts another. */
  readonly containerMemoryMiB: number;
  /** `--max-old-space-size` and `--max-semi-space-size`: a heap that leaves room for memory outside of it. */
  readonly maxOldSpaceMiB: number;
  readonly maxSemiSpaceMiB: number;
  /** Maximum of V8's young generation: three semi-spaces. */
  readonly youngGenerationMiB: number;
  /** For code, stacks, buffers, native memory and what is in the writable folders. */
  readonly headroomMiB: number;
  /** Database connections of one task. */
  readonly poolSize: number;
}

/** The worker serves no requests, so it has timeouts of its own. */
export interface WorkerContract extends ServiceContract {
  /** Jobs that one task processes at the same time. */
  readonly concurrency: number;
  /** From SIGTERM until the worker exits by itself at the latest. */
  readonly shutdownTimeoutSeconds: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
}

/** Beyond one per job: one publishes the outbox, one finds due jobs, one measures the queue. */
export const spareConnections = 3;

/** Database connections of one worker task. */
export function workerPoolSize({ concurrency }: Pick<WorkerSettings, 'concurrency'>): number {
  return concurrency + spareConnections;
}

/** What the worker's numbers depend on besides its own settings. */
export interface WorkerMargins {
  readonly closeMarginSeconds: number;
  readonly killMarginSeconds: number;
  readonly sidecarMemoryMiB: number;
  readonly foldersMiB: number;
}

export function deriveWorker(
  worker: WorkerSettings,
  { closeMarginSeconds, killMarginSeconds, sidecarMemoryMiB, foldersMiB }: WorkerMargins,
): WorkerContract {
  const shutdownTimeoutSeconds = worker.longestJobSeconds + closeMarginSeconds;
  return {
    cpuUnits: worker.cpuUnits,
    ...deriveMemory(worker.memoryMiB, { sidecarMemoryMiB, foldersMiB }),
    poolSize: workerPoolSize(worker),
    concurrency: worker.concurrency,
    shutdownTimeoutSeconds,
    stopTimeoutSeconds: shutdownTimeoutSeconds + killMarginSeconds,
  };
}

/**
 * The app container gets all task memory that no sidecar has, as a limit of its own: without one, the limit that Node
 * sees depends on the platform. By default V8 would use about half of it, and 2.2 GB at most.
 */
export function deriveMemory(
  taskMemoryMiB: number,
  { sidecarMemoryMiB, foldersMiB }: Pick<WorkerMargins, 'sidecarMemoryMiB' | 'foldersMiB'>,
): Omit<ServiceContract, 'poolSize' | 'cpuUnits'> {
  const containerMemoryMiB = taskMemoryMiB - sidecarMemoryMiB;
  // A larger young generation means fewer collections. V8's default semi-space is 16 MiB on 64 bits.
  const maxSemiSpaceMiB = containerMemoryMiB < 1024 ? 8 : containerMemoryMiB < 2048 ? 16 : 32;
  const youngGenerationMiB = 3 * maxSemiSpaceMiB;
  const headroomMiB = Math.max(128, Math.ceil(containerMemoryMiB / 5)) + foldersMiB;
  return {
    taskMemoryMiB,
    containerMemoryMiB,
    maxSemiSpaceMiB,
    youngGenerationMiB,
    headroomMiB,
    maxOldSpaceMiB: containerMemoryMiB - youngGenerationMiB - headroomMiB,
  };
}
