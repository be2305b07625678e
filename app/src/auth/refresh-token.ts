import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { ClientTraits } from '../http/decorators/client.ts';
import { bytesOfUuid, uuidOfBytes } from '../ids/uuid.ts';

/** How long someone stays logged in without coming back. */
export const refreshTokenDays = 30;
/**
 * For how long a token that was replaced still gets the next one, for the same client. Two tabs that wake up together refresh
 * within moments; a thief who is quicker has to be the same browser, too.
 */
export const refreshGraceSeconds = 10;

const secretBytes = 32;

/** What a client keeps: which session it is, and a secret of which the database has the hash only. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: string;
}

/** The first of a session. */
export function newRefreshToken(sessionId: string): RefreshToken {
  return { sessionId, secret: randomBytes(secretBytes).toString('base64url') };
}

/**
 * The one that takes the place of `token`: the same however often it is asked for, so that two tabs of one browser that
 * refresh at once get the same. Without `key` nobody can tell it, though they have `token`.
 */
export function nextRefreshToken({ sessionId, secret }: RefreshToken, key: string): RefreshToken {
  const next = createHmac('sha256', key).update(`refresh token after ${sessionId} ${secret}`).digest('base64url');
  return { sessionId, secret: next };
}

export function renderRefreshToken({ sessionId, secret }: RefreshToken): string {
  return `${bytesOfUuid(sessionId).toString('base64url')}.${secret}`;
}

/** `undefined`: not a token that `renderRefreshToken` made. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const { id, secret } = /^(?<id>[\w-]{22})\.(?<secret>[\w-]{43})$/.exec(text)?.groups ?? {};
  if (id === undefined || secret === undefined) {
    return undefined;
  }
  return { sessionId: uuidOfBytes(Buffer.from(id, 'base64url')), secret };
}

/** Fast, unlike that of a password: nobody can try all secrets of 256 bits. */
export function hashOf({ secret }: RefreshToken): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Salted by the session, since an address alone could be found by trying. */
export function hashOfClient({ sessionId }: RefreshToken, { address, userAgent }: ClientTraits): Buffer {
  return createHash('sha256').update(`${sessionId}\n${address}\n${userAgent}`).digest();
}
