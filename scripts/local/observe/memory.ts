import { z } from 'zod';
import type { Docker } from '../engine/docker.ts';

const statsSchema = z.object({
  memory_stats: z.object({
    usage: z.number(),
    limit: z.number(),
    stats: z.object({ inactive_file: z.number().optional(), total_inactive_file: z.number().optional() }),
  }),
});

/**
 * What a container uses of its memory, in bytes, as CloudWatch and `docker stats` count it: files that the kernel could forget
 * are free memory. One sample: `docker stats` takes two seconds more, for a second one of the CPU.
 */
export async function readMemory(
  { api }: Pick<Docker, 'api'>,
  container: string,
): Promise<{ readonly used: number; readonly limit: number }> {
  const answer = await api.get(`/containers/${container}/stats?stream=false&one-shot=true`);
  const { usage, limit, stats } = statsSchema.parse(answer).memory_stats;
  return { used: usage - (stats.inactive_file ?? stats.total_inactive_file ?? 0), limit };
}
