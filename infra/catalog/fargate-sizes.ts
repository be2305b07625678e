/**
 * Memory sizes that Fargate supports for each CPU size, in MiB.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
 */
const memoryByCpuUnits: Readonly<Record<number, readonly number[]>> = Object.freeze({
  256: [512, 1024, 2048],
  512: steps(1, 4, 1),
  1024: steps(2, 8, 1),
  2048: steps(4, 16, 1),
  4096: steps(8, 30, 1),
  8192: steps(16, 60, 4),
  16384: steps(32, 120, 8),
});

/** From and to in GiB, inclusive. A GB of Fargate is 1024 MiB. */
function steps(from: number, to: number, by: number): readonly number[] {
  const count = Math.floor((to - from) / by) + 1;
  return Array.from({ length: count }, (_, index) => (from + index * by) * 1024);
}

/** CPU sizes that Fargate supports, ascending. 1024 units are one vCPU. */
export const fargateCpuUnits: readonly number[] = Object.freeze(Object.keys(memoryByCpuUnits).map(Number));

/** Memory sizes in MiB, ascending, that Fargate supports for a CPU size. Empty if there is no such CPU size. */
export function memorySizesMiB(cpuUnits: number): readonly number[] {
  return memoryByCpuUnits[cpuUnits] ?? [];
}
