import type { Logger } from '../logging/logger.ts';
import type { Mail, Mailer, MailOutcome } from './mailer.ts';

/**
 * Where no sender is set: says that a mail would have gone out, and neither to whom nor what it says. At the level `debug`,
 * which is for development, it says what: the token of a verification mail is nowhere else to be had.
 */
export class LogMailer implements Mailer {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async send({ subject, text }: Mail): Promise<MailOutcome> {
    this.#logger.info({ operation: 'mail.send', subject }, 'a mail would be sent: no sender is set');
    this.#logger.debug({ operation: 'mail.send', subject, text }, 'what it would say');
    return 'logged';
  }
}
