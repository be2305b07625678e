import { z } from 'zod';
import type { Mailer } from '../mail/mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler, JobResult, JobTry } from '../queue/job-handler.ts';
import { mailOnce } from './mail-job.ts';
import type { Recipients } from './recipients.ts';

const payloadOf = z.object({ userId: z.uuid() });

export class WelcomeMail implements JobHandler {
  readonly name = 'welcome-mail';
  readonly #outbound: { readonly store: JobStore; readonly mailer: Mailer };
  readonly #recipients: Recipients;

  constructor(store: JobStore, mailer: Mailer, recipients: Recipients) {
    this.#outbound = { store, mailer };
    this.#recipients = recipients;
  }

  async run(job: JobTry): Promise<JobResult> {
    const { userId } = payloadOf.parse(job.payload);
    return mailOnce(this.#outbound, job, async () => {
      const recipient = await this.#recipients.find(userId);
      return (
        recipient && {
          to: recipient.email,
          subject: 'Welcome',
          text: 'Your account is ready: what you have to do has a place now.\n',
        }
      );
    });
  }
}
