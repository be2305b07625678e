import { createHash, randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

export const verificationHours = 24;

/** 256 bits, as a mail can hold them and a person can copy them. */
export const verificationTokenFormat = /^[\w-]{43}$/;

/**
 * A token that proves who has it to read the mails of the user's address. The database has its hash only. Those that were
 * made before stay valid, since mails overtake one another.
 */
export async function createVerificationToken(manager: EntityManager, userId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await manager.query(
    `INSERT INTO email_verifications (token_hash, user_id, expires_at)
     VALUES ($1, $2, now() + $3 * interval '1 hour')`,
    [hashOf(token), userId, verificationHours],
  );
  return token;
}

/** Fast, unlike that of a password: nobody can try all tokens. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
