import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.ts';

/** Something of which somebody has so much a day (UTC). */
export interface DailyClaim {
  readonly what:
    | 'verifications-to'
    | 'resets-to'
    | 'resets-of'
    | 'mails-to'
    | 'mails-of'
    | 'requests-of'
    | 'reminders-of'
    | 'messages-of';
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
  // The table is named after what was counted first.
  const [claimed] = await manager.query<unknown[]>(
    `WITH claimed AS (
       INSERT INTO mail_counts (counted, day, count) VALUES ($1, $3, 1)
       ON CONFLICT (counted, day) DO UPDATE SET count = mail_counts.count + 1 WHERE mail_counts.count < $2
       RETURNING 1
     ) SELECT 1 FROM claimed`,
    [hashOf({ what, whose }), most, dayOf(now)],
  );
  return claimed !== undefined;
}

/** How many can be taken today still. */
export async function leftToday(
  database: Pick<Database, 'rows'>,
  { what, whose, most }: DailyClaim,
  now: Date,
): Promise<number> {
  const [taken] = await database.rows<{ count: number }>(
    'taken-today',
    'SELECT count FROM mail_counts WHERE counted = $1 AND day = $2',
    [hashOf({ what, whose }), dayOf(now)],
  );
  return Math.max(0, most - (taken?.count ?? 0));
}

function hashOf({ what, whose }: Pick<DailyClaim, 'what' | 'whose'>): Buffer {
  return createHash('sha256').update(`${what} ${whose}`).digest();
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/** Until the caps begin again. */
export function secondsUntilNextDay(now: Date): number {
  return Math.ceil((new Date(now).setUTCHours(24, 0, 0, 0) - now.getTime()) / 1_000);
}
