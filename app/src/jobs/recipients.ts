import { Database } from '../database/database.ts';

export interface Recipient {
  readonly email: string;
  /** Who has the account can read the mails of the address, too. */
  readonly isProven: boolean;
}

/** Whom jobs write to; `undefined`: the account is gone, and with it the reason to write. */
export class Recipients {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(userId: string): Promise<Recipient | undefined> {
    const [found] = await this.#database.rows<Recipient>(
      'recipient',
      'SELECT email, email_verified_at IS NOT NULL AS "isProven" FROM users WHERE id = $1',
      [userId],
    );
    return found;
  }
}
