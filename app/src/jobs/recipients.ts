import { Database } from '../database/database.ts';

export interface Recipient {
  readonly email: string;
}

/** Whom jobs write to; `undefined`: the account is gone, and with it the reason to write. */
export class Recipients {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(userId: string): Promise<Recipient | undefined> {
    const [found] = await this.#database.rows<Recipient>('recipient', 'SELECT email FROM users WHERE id = $1', [
      userId,
    ]);
    return found;
  }
}
