/** A mail in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export type MailOutcome = 'sent' | 'logged' | 'skipped';

/** Hands mails over to whoever delivers them. Rejects when that did not take it: the job then comes again. */
export interface Mailer {
  send(mail: Mail, signal: AbortSignal): Promise<MailOutcome>;
}
