import { z } from 'zod';
import { mailTokenFormat } from './mail-token.ts';

export const userView = z.object({
  id: z.uuid(),
  email: z.email(),
  emailVerified: z.boolean().describe('Mails go to verified addresses only.'),
  createdAt: z.iso.datetime(),
});

/** The code of a mail, as a person copies it. */
export function mailCode(description: string) {
  return z
    .string()
    .regex(mailTokenFormat)
    .meta({ description, examples: ['cV3q1nX0uH2m8yZpQe7sT4aB6dF9gJkLwRvCxNoUiYt'] });
}

export const verifyEmailBody = z.strictObject({ token: mailCode('The code of the verification mail.') });

export type UserView = z.output<typeof userView>;
export type VerifyEmail = z.output<typeof verifyEmailBody>;
