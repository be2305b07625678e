import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Mail, Mailer, MailOutcome } from './mailer.ts';

const timeoutMs = 10_000;

/** Sends through SES as the task's role. The SDK is loaded with the first mail. */
export class SesMailer implements Mailer {
  readonly #from: string;
  readonly #region: string;
  #client: SESv2Client | undefined;

  constructor(from: string, region: string) {
    this.#from = from;
    this.#region = region;
  }

  async send({ to, subject, text }: Mail, signal: AbortSignal): Promise<MailOutcome> {
    const { SendEmailCommand, SESv2Client: Client } = await import('@aws-sdk/client-sesv2');
    this.#client ??= new Client({ region: this.#region, maxAttempts: 3 });
    const command = new SendEmailCommand({
      FromEmailAddress: this.#from,
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    });
    await this.#client.send(command, { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    return 'sent';
  }
}
