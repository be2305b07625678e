import { z } from 'zod';

export const healthView = z.object({ status: z.literal('ok') });

const checkView = z.object({
  status: z.enum(['up', 'down']),
  durationMs: z.number(),
  reason: z.string().optional(),
});

export const readinessView = z.object({
  status: z.enum(['ready', 'degraded', 'starting', 'unavailable', 'draining']),
  checks: z.record(z.string(), checkView),
});

export const versionView = z.object({ version: z.string(), commit: z.string(), image: z.string() });
