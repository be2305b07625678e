import { z } from 'zod';
import { text } from '../http/text.ts';
import { mailCode } from '../users/users.dto.ts';
import { accessTokenSeconds } from './access-tokens.ts';
import { refreshGraceSeconds } from './refresh-token.ts';

/** The longest address that can be written to (RFC 5321, section 4.5.3.1.3). */
const longestEmail = 254;
/** OWASP ASVS 4.0.3, 2.1.1. */
const shortestPassword = 12;
/** Long enough for any phrase, short enough to be hashed whole. */
const longestPassword = 256;

const exampleToken = 'AYn3pDxLTV6PYHGCk6S1xg.aGVsbG8taGVsbG8taGVsbG8taGVsbG8taGVsbG8taGV';

/** RFC 5321, section 4.5.3.1.1, and RFC 1035, section 2.3.4: 64 characters before the @, labels of 63 that end in no hyphen. */
const mailbox =
  /^(?=.{1,64}@)(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

const email = z
  .email({ pattern: mailbox })
  .max(longestEmail)
  .meta({ examples: ['someone@example.com'] })
  .toLowerCase();

export const registerBody = z.strictObject({
  email,
  password: text({ most: longestPassword, least: shortestPassword, example: 'correct horse battery staple' }),
});

/** No rule about the password: it is right or wrong. */
export const loginBody = z.strictObject({
  email,
  password: text({ most: longestPassword, example: 'correct horse battery staple' }),
});

export const forgotPasswordBody = z.strictObject({ email });

export const resetPasswordBody = z.strictObject({
  token: mailCode('The code of the mail.'),
  password: registerBody.shape.password,
});

export const refreshBody = z.strictObject({ refreshToken: text({ most: 200, example: exampleToken }) });

export const sessionView = z.object({
  accessToken: z.string().meta({
    description: 'For the header Authorization, after "Bearer ".',
    examples: ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwIn0.c2lnbmF0dXJl'],
  }),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().meta({ description: 'Seconds until the access token expires.', examples: [accessTokenSeconds] }),
  refreshToken: z.string().meta({
    description: `Gives a new session view, once. Used a second time, it ends the session, unless that is within ${refreshGraceSeconds} seconds and by the same client.`,
    examples: [exampleToken],
  }),
});

export type Register = z.output<typeof registerBody>;
export type ForgotPassword = z.output<typeof forgotPasswordBody>;
export type ResetPassword = z.output<typeof resetPasswordBody>;
export type Login = z.output<typeof loginBody>;
export type Refresh = z.output<typeof refreshBody>;
export type SessionView = z.output<typeof sessionView>;
