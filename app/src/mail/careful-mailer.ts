import type { Mail, Mailer, MailOutcome } from './mailer.ts';
import { isReservedRecipient } from './reserved-recipient.ts';

/** Keeps mails to addresses that can't exist from `next`: bounces cost a sender its reputation. */
export class CarefulMailer implements Mailer {
  readonly #next: Mailer;

  constructor(next: Mailer) {
    this.#next = next;
  }

  async send(mail: Mail, signal: AbortSignal): Promise<MailOutcome> {
    return isReservedRecipient(mail.to) ? 'skipped' : this.#next.send(mail, signal);
  }
}
