import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.ts';
import { AUTH_SECRETS, LOGGER } from '../env/tokens.ts';
import type { ClientTraits } from '../http/decorators/client.ts';
import type { Logger } from '../logging/logger.ts';
import { MailBudget } from '../mail/mail-budget.ts';
import { enqueue } from '../outbox/outbox.ts';
import { hashOfMailToken } from '../users/mail-token.ts';
import { UsersRepository } from '../users/users.repository.ts';
import { AccessTokens, accessTokenSeconds } from './access-tokens.ts';
import type { ForgotPassword, Login, Register, ResetPassword, SessionView } from './auth.dto.ts';
import { CredentialsRefused, RefreshRefused, ResetRefused } from './auth.errors.ts';
import { Passwords } from './passwords.ts';
import {
  hashOf,
  hashOfClient,
  newRefreshToken,
  nextRefreshToken,
  parseRefreshToken,
  type RefreshToken,
  renderRefreshToken,
} from './refresh-token.ts';
import { SessionsRepository } from './sessions.repository.ts';

@Injectable()
export class AuthService {
  readonly #database: Database;
  readonly #users: UsersRepository;
  readonly #sessions: SessionsRepository;
  readonly #passwords: Passwords;
  readonly #accessTokens: AccessTokens;
  readonly #secrets: readonly string[];
  readonly #budget: MailBudget;
  readonly #logger: Logger;

  constructor(
    database: Database,
    users: UsersRepository,
    sessions: SessionsRepository,
    passwords: Passwords,
    accessTokens: AccessTokens,
    budget: MailBudget,
    @Inject(AUTH_SECRETS) secrets: readonly string[],
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#database = database;
    this.#users = users;
    this.#sessions = sessions;
    this.#passwords = passwords;
    this.#accessTokens = accessTokens;
    this.#secrets = secrets;
    this.#budget = budget;
    this.#logger = logger;
  }

  /** @throws EmailTaken */
  async register({ email, password }: Register): Promise<SessionView> {
    const passwordHash = await this.#passwords.hash(password);
    const userId = randomUUID();
    return this.#database.transaction(async (manager) => {
      await this.#users.insert(manager, { id: userId, email, passwordHash });
      await enqueue(manager, { name: 'welcome-mail', payload: { userId } });
      return this.#openSession(manager, userId);
    });
  }

  /** @throws CredentialsRefused */
  async login({ email, password }: Login): Promise<SessionView> {
    const user = await this.#users.findByEmail(email);
    // Also when there is no such user: to answer sooner would tell that.
    const matches = await this.#passwords.matches(password, user?.passwordHash);
    if (user === null || !matches) {
      throw new CredentialsRefused();
    }
    return this.#database.transaction((manager) => this.#openSession(manager, user.id));
  }

  /** Has a mail with a code sent; the same answer where there is no such account, or where it had its mails of today. */
  async forgotPassword({ email }: ForgotPassword): Promise<void> {
    const user = await this.#users.findByEmail(email);
    if (user === null) {
      return;
    }
    await this.#database.transaction(async (manager) => {
      if (await this.#budget.takeResetRequest(manager, user.id)) {
        await enqueue(manager, { name: 'password-reset', payload: { userId: user.id } });
      }
    });
  }

  /**
   * Sets a new password, ends every session, and opens one. An account whose address was not verified goes to whoever reads
   * the mails of that address.
   * @throws ResetRefused
   */
  async resetPassword({ token, password }: ResetPassword): Promise<SessionView> {
    const tokenHash = hashOfMailToken(token);
    if (!(await this.#users.hasReset(tokenHash))) {
      throw new ResetRefused();
    }
    const passwordHash = await this.#passwords.hash(password);
    return this.#database.transaction(async (manager) => {
      const user = await this.#users.takeReset(manager, tokenHash);
      if (user === undefined) {
        throw new ResetRefused();
      }
      const id = user.emailVerifiedAt === null ? randomUUID() : user.id;
      if (id !== user.id) {
        await this.#users.replace(manager, user, id);
      }
      await this.#users.setPassword(manager, id, passwordHash);
      return this.#openSession(manager, id);
    });
  }

  /**
   * Gives a new pair of tokens for a refresh token that was not used yet. One that was used before is in two hands, of
   * which one may be a thief's: the session ends for both. Unless it was used moments ago by the same client: two tabs
   * that refresh at once both get the same next token.
   * @throws RefreshRefused
   */
  async refresh(refreshToken: string, client: ClientTraits): Promise<SessionView> {
    const token = parseRefreshToken(refreshToken);
    if (token === undefined) {
      throw new RefreshRefused();
    }
    const refreshed = await this.#rotate(token, hashOfClient(token, client));
    if (refreshed === undefined) {
      await this.#endAfterMisuse(token);
      throw new RefreshRefused();
    }
    return this.#viewOf(refreshed.userId, refreshed.next);
  }

  /** Ends the session of a refresh token, whichever of its tokens it is; does nothing for one that has ended. */
  async logout(refreshToken: string): Promise<void> {
    const token = parseRefreshToken(refreshToken);
    if (token !== undefined) {
      await this.#sessions.end(token.sessionId);
    }
  }

  async #rotate(token: RefreshToken, client: Buffer) {
    // A secret that is being replaced may have made the one that was just given.
    const successors = this.#secrets.map((secret) => nextRefreshToken(token, secret));
    const [next] = successors;
    const userId = next && (await this.#sessions.rotate(token, next, client));
    if (next !== undefined && userId !== undefined) {
      return { userId, next };
    }
    const replaced = await this.#sessions.findJustReplaced(token, client);
    const given = successors.find((successor) => replaced?.newestHash.equals(hashOf(successor)));
    return replaced === undefined || given === undefined ? undefined : { userId: replaced.userId, next: given };
  }

  async #openSession(manager: EntityManager, userId: string): Promise<SessionView> {
    const token = newRefreshToken(randomUUID());
    await this.#sessions.open(manager, userId, token);
    return this.#viewOf(userId, token);
  }

  async #endAfterMisuse({ sessionId }: RefreshToken): Promise<void> {
    const ended = await this.#sessions.end(sessionId);
    if (ended !== undefined && ended.expiresAt > new Date()) {
      this.#logger.warn(
        { operation: 'auth.refresh', userId: ended.userId },
        'a refresh token was used twice: session ended',
      );
    }
  }

  #viewOf(userId: string, token: RefreshToken): SessionView {
    return {
      accessToken: this.#accessTokens.sign(userId),
      tokenType: 'Bearer',
      expiresIn: accessTokenSeconds,
      refreshToken: renderRefreshToken(token),
    };
  }
}
