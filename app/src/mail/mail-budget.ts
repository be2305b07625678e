import type { EntityManager } from 'typeorm';
import { claimToday, type DailyClaim, secondsUntilNextDay } from '../daily-caps/daily-caps.ts';
import type { Database } from '../database/database.ts';
import { TooManyRequests } from '../errors/too-many-requests.ts';

/** How many mails go out each day (UTC), at most. */
export const mailCaps = {
  /** To one address, for all accounts that it ever had: whoever makes them is a stranger to it until it is proven. */
  verificationsPerRecipient: 5,
  resetsPerRecipient: 5,
  perRecipient: 100,
  perAccount: 100,
  /** How often an account may ask for another verification mail. */
  verificationsOnRequest: 3,
} as const;

export type MailKind = 'verification' | 'reset' | 'other';

/** Counts what is sent in Postgres, so that neither a restart nor another account begins again. */
export class MailBudget {
  readonly #database: Pick<Database, 'transaction'>;
  readonly #now: () => Date;

  /** @param now decides which day it is */
  constructor(database: Pick<Database, 'transaction'>, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Takes one mail from what the recipient and the account have left today. `false`: there is none left, and nothing was
   * taken. Ask before the mail is sent: one that is counted and not sent is the lesser evil.
   */
  async take(mail: { readonly to: string; readonly userId: string; readonly kind: MailKind }): Promise<boolean> {
    const claims: DailyClaim[] = [
      { what: 'mails-to', whose: mail.to, most: mailCaps.perRecipient },
      { what: 'mails-of', whose: mail.userId, most: mailCaps.perAccount },
    ];
    if (mail.kind === 'verification') {
      claims.push({ what: 'verifications-to', whose: mail.to, most: mailCaps.verificationsPerRecipient });
    }
    if (mail.kind === 'reset') {
      claims.push({ what: 'resets-to', whose: mail.to, most: mailCaps.resetsPerRecipient });
    }
    const now = this.#now();
    try {
      await this.#database.transaction(async (manager) => {
        for (const claim of claims) {
          if (!(await claimToday(manager, claim, now))) {
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

  /**
   * Counts a request to reset the account's password, in the caller's transaction. `false`: there
   * are no more today. A stranger who uses them up makes the owner wait for tomorrow, or use one of their codes in time.
   */
  async takeResetRequest(manager: EntityManager, userId: string): Promise<boolean> {
    return claimToday(manager, { what: 'resets-of', whose: userId, most: mailCaps.resetsPerRecipient }, this.#now());
  }

  /**
   * Counts a request of the account for another verification mail, in the caller's transaction.
   * @throws TooManyRequests when it may ask for none today
   */
  async claimRequest(manager: EntityManager, userId: string): Promise<void> {
    const now = this.#now();
    const claim: DailyClaim = { what: 'requests-of', whose: userId, most: mailCaps.verificationsOnRequest };
    if (!(await claimToday(manager, claim, now))) {
      throw new TooManyRequests(secondsUntilNextDay(now));
    }
  }
}

/** Undoes the claims before it. */
class NothingLeft extends Error {}
