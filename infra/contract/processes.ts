import type { ProcessKind } from '../manifest/app.ts';
import type { Sizes } from '../manifest/processes.ts';

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

/** What a process is for the contract: what it has beside its size. */
export interface ProcessContract extends ServiceContract {
  readonly kind: ProcessKind;
  /** First part of the keys of its settings: `mailQueue`. */
  readonly prefix: string;
  /** Tasks at any time, and the most that autoscaling starts. */
  readonly desiredCount: number;
  readonly maxCount: number;
  /** From SIGTERM until the process exits by itself at the latest. */
  readonly shutdownTimeoutSeconds: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutSeconds: number;
  /** In the background: jobs that one task processes at the same time. */
  readonly concurrency?: number;
}

/** Beyond one per job: one publishes the outbox, one finds due jobs, one measures the queue. */
export const spareConnections = 3;

/** Database connections of one task in the background. */
export function poolSizeOf({ concurrency }: Pick<Sizes, 'concurrency'>): number {
  return concurrency + spareConnections;
}

/**
 * The app container gets all task memory that no sidecar has, as a limit of its own: without one, the limit that Node
 * sees depends on the platform. By default V8 would use about half of it, and 2.2 GB at most.
 */
export function deriveMemory(
  taskMemoryMiB: number,
  { sidecarMemoryMiB, foldersMiB }: { readonly sidecarMemoryMiB: number; readonly foldersMiB: number },
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
