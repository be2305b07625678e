import { createHash, randomBytes } from 'node:crypto';

/** How long someone stays logged in without coming back. */
export const refreshTokenDays = 30;

const secretBytes = 32;

/** What a client keeps: which session it is, and a secret of which the database has the hash only. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: string;
}

export function newRefreshToken(sessionId: string): RefreshToken {
  return { sessionId, secret: randomBytes(secretBytes).toString('base64url') };
}

export function renderRefreshToken({ sessionId, secret }: RefreshToken): string {
  return `${Buffer.from(sessionId.replaceAll('-', ''), 'hex').toString('base64url')}.${secret}`;
}

/** `undefined`: not a token that `renderRefreshToken` made. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const { id, secret } = /^(?<id>[\w-]{22})\.(?<secret>[\w-]{43})$/.exec(text)?.groups ?? {};
  if (id === undefined || secret === undefined) {
    return undefined;
  }
  const hex = Buffer.from(id, 'base64url').toString('hex');
  return { sessionId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), secret };
}

/** Fast, unlike that of a password: nobody can try all secrets of 256 bits. */
export function hashOf({ secret }: RefreshToken): Buffer {
  return createHash('sha256').update(secret).digest();
}
