import { z } from 'zod';
import { text } from '../http/text.ts';

/** The longest address that can be written to (RFC 5321, section 4.5.3.1.3). */
const longestEmail = 254;
/** OWASP ASVS 4.0.3, 2.1.1. */
const shortestPassword = 12;
/** Long enough for any phrase, short enough to be hashed whole. */
const longestPassword = 256;

const email = z.email().max(longestEmail).toLowerCase();

export const registerBody = z.strictObject({
  email,
  password: text(longestPassword, shortestPassword),
});

/** No rule about the password: it is right or wrong. */
export const loginBody = z.strictObject({ email, password: text(longestPassword) });

export const refreshBody = z.strictObject({ refreshToken: text(200) });

export const sessionView = z.object({
  accessToken: z.string().describe('For the header Authorization, after "Bearer ".'),
  tokenType: z.literal('Bearer'),
  expiresIn: z.int().describe('Seconds until the access token expires.'),
  refreshToken: z
    .string()
    .describe(
      'Gives a new session view, once. Used a second time, it ends the session, unless that is within 10 seconds and by the same client.',
    ),
});

export type Register = z.output<typeof registerBody>;
export type Login = z.output<typeof loginBody>;
export type Refresh = z.output<typeof refreshBody>;
export type SessionView = z.output<typeof sessionView>;
