import type { Database } from '../database/database.ts';

export const attemptsKeptDays = 30;

/** What is not needed any more. Each has an index by which it is found; no other table grows without somebody's todos. */
const oldRows = {
  outbox: `processed_at < now() - interval '7 days'`,
  deliveries: `delivered_at < now() - interval '30 days'`,
  webhook_deliveries: `attempted_at < now() - interval '${attemptsKeptDays} days'`,
  email_verifications: 'expires_at < now()',
  password_resets: 'expires_at < now()',
  // Only the caps of today are looked at; which day it is others say, whose clock may be behind.
  mail_counts: `day < (now() AT TIME ZONE 'UTC')::date - 1`,
} as const;

/** Deletes up to `limit` old rows of each table. `true`: there may be more. */
export async function deleteOldRows(database: Pick<Database, 'rows'>, limit: number): Promise<boolean> {
  let more = false;
  for (const [table, isOld] of Object.entries(oldRows)) {
    const deleted = await database.rows(
      `delete-old-${table}`,
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${isOld} LIMIT $1)) RETURNING 1`,
      [limit],
    );
    more ||= deleted.length === limit;
  }
  return more;
}
