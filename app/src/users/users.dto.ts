import { z } from 'zod';

export const userView = z.object({ id: z.uuid(), email: z.email(), createdAt: z.iso.datetime() });

export type UserView = z.output<typeof userView>;
