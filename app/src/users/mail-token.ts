import { createHash, randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

/** For how long the codes of mails are valid. A reset is valid by itself, hence for less long. */
export const mailTokenHours = { email_verifications: 24, password_resets: 1 } as const;

/** 256 bits, as a mail can hold them and a person can copy them. */
export const mailTokenFormat = /^[\w-]{43}$/;

/**
 * A token that proves who has it to read the mails of the user's address. The database has its hash only. Those that were
 * made before stay valid, since mails overtake one another.
 */
export async function createMailToken(
  manager: EntityManager,
  table: keyof typeof mailTokenHours,
  userId: string,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await manager.query(
    `INSERT INTO ${table} (token_hash, user_id, expires_at) VALUES ($1, $2, now() + $3 * interval '1 hour')`,
    [hashOfMailToken(token), userId, mailTokenHours[table]],
  );
  return token;
}

/** Fast, unlike that of a password: nobody can try all tokens. */
export function hashOfMailToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
