import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.ts';

/** How many mails go out each day (UTC), at most. */
export const mailCaps = {
  /** To one address, for all accounts that it ever had: whoever makes them is a stranger to it until it is proven. */
  verificationsPerRecipient: 5,
  perRecipient: 100,
  perAccount: 100,
  /** How often an account may ask for another verification mail. */
  verificationsOnRequest: 3,
} as const;

export type MailKind = 'verification' | 'other';

interface Claim {
  readonly what: 'verifications-to' | 'mails-to' | 'mails-of' | 'requests-of';
  readonly whose: string;
  readonly most: number;
}

/** Counts what is sent in Postgres, so that neither a restart nor another account begins again. */
export class MailBudget {
  readonly #database: Pick<Database, 'transaction'>;

  constructor(database: Pick<Database, 'transaction'>) {
    this.#database = database;
  }

  /**
   * Takes one mail from what the recipient and the account have left today. `false`: there is none left, and nothing was
   * taken. Ask before the mail is sent: one that is counted and not sent is the lesser evil.
   */
  async take(mail: { readonly to: string; readonly userId: string; readonly kind: MailKind }): Promise<boolean> {
    const claims: Claim[] = [
      { what: 'mails-to', whose: mail.to, most: mailCaps.perRecipient },
      { what: 'mails-of', whose: mail.userId, most: mailCaps.perAccount },
    ];
    if (mail.kind === 'verification') {
      claims.push({ what: 'verifications-to', whose: mail.to, most: mailCaps.verificationsPerRecipient });
    }
    try {
      await this.#database.transaction(async (manager) => {
        for (const claim of claims) {
          if (!(await claimOne(manager, claim))) {
            throw new NothingLeft();
          }
        }
      });
      return true;
    } catch (error) {
      if (error instanceof NothingLeft) {
        return false;
      }
      throw error;
    }
  }
}

/** Undoes the claims before it. */
class NothingLeft extends Error {}

/** Whether the account may ask for another verification mail today; if so it is counted, in the caller's transaction. */
export async function claimVerificationRequest(manager: EntityManager, userId: string): Promise<boolean> {
  return claimOne(manager, { what: 'requests-of', whose: userId, most: mailCaps.verificationsOnRequest });
}

/** Until the next day (UTC). */
export function secondsUntilCapsRenew(now: Date): number {
  return Math.ceil((new Date(now).setUTCHours(24, 0, 0, 0) - now.getTime()) / 1_000);
}

async function claimOne(manager: EntityManager, { what, whose, most }: Claim): Promise<boolean> {
  const counted = createHash('sha256').update(`${what} ${whose}`).digest();
  const [claimed] = await manager.query<unknown[]>(
    `WITH claimed AS (
       INSERT INTO mail_counts (counted, day, count) VALUES ($1, (now() AT TIME ZONE 'UTC')::date, 1)
       ON CONFLICT (counted, day) DO UPDATE SET count = mail_counts.count + 1 WHERE mail_counts.count < $2
       RETURNING 1
     ) SELECT 1 FROM claimed`,
    [counted, most],
  );
  return claimed !== undefined;
}
