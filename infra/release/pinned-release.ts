import { z } from 'zod';
import type { Release } from './release.ts';

const release = z.strictObject({
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.-]{0,127}$/),
  image: z.string().regex(/^\S+$/),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  commit: z.string().regex(/^[0-9a-f]{7,64}(-dirty)?$|^unknown$/),
  migrations: z.array(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,254}$/),
      kind: z.enum(['expand', 'contract', 'unknown']),
    }),
  ),
}) satisfies z.ZodType<Release>;

/** A release as JSON text, as the stack configuration holds it. */
export const releaseSchema: z.ZodType<Release> = z
  .string()
  .transform((text, context) => {
    try {
      const parsed: unknown = JSON.parse(text);
      return parsed;
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  })
  .pipe(release);
