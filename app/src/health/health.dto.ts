import { z } from 'zod';

export const healthView = z.object({ status: z.literal('ok') });

const checkView = z.object({
  status: z.enum(['up', 'down']),
  durationMs: z.number(),
  reason: z
    .string()
    .optional()
    .meta({ examples: ['ECONNREFUSED'] }),
});

export const readinessView = z.object({
  status: z.enum(['ready', 'degraded', 'starting', 'unavailable', 'draining']),
  checks: z
    .record(z.string(), checkView)
    .meta({ examples: [{ database: { status: 'up', durationMs: 1 }, migrations: { status: 'up', durationMs: 0 } }] }),
});

export const versionView = z.object({
  version: z.string().meta({ examples: ['1.4.0'] }),
  commit: z.string().meta({ examples: ['f5759e3'] }),
  image: z.string().meta({ examples: ['todo-api:1.4.0'] }),
});
