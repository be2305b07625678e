import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';

/** Something of which somebody has so much a day (UTC). */
export interface DailyClaim {
  readonly what: 'verifications-to' | 'mails-to' | 'mails-of' | 'requests-of' | 'reminders-of' | 'messages-of';
  /** An address or an account; the database has a hash of it. */
  readonly whose: string;
  readonly most: number;
}

/**
 * Takes one, in the caller's transaction; counted in Postgres, so that neither a restart nor another task begins again.
 * `false`: none is left today.
 * @param now decides which day it is
 */
export async function claimToday(
  manager: Pick<EntityManager, 'query'>,
  { what, whose, most }: DailyClaim,
  now: Date,
): Promise<boolean> {
  const counted = createHash('sha256').update(`${what} ${whose}`).digest();
  const day = now.toISOString().slice(0, 'yyyy-mm-dd'.length);
  // The table is named after what was counted first.
  const [claimed] = await manager.query<unknown[]>(
    `WITH claimed AS (
       INSERT INTO mail_counts (counted, day, count) VALUES ($1, $3, 1)
       ON CONFLICT (counted, day) DO UPDATE SET count = mail_counts.count + 1 WHERE mail_counts.count < $2
       RETURNING 1
     ) SELECT 1 FROM claimed`,
    [counted, most, day],
  );
  return claimed !== undefined;
}

/** Until the caps begin again. */
export function secondsUntilNextDay(now: Date): number {
  return Math.ceil((new Date(now).setUTCHours(24, 0, 0, 0) - now.getTime()) / 1_000);
}
