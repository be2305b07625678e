import type { z } from 'zod';
import type { MailBudget, MailKind } from '../mail/mail-budget.ts';
import type { Mail, Mailer } from '../mail/mailer.ts';
import type { JobName } from '../outbox/job.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler, JobResult, JobTry } from '../queue/job-handler.ts';
import { recordDelivery } from './deliveries.ts';

export interface OutboundMail {
  readonly store: Pick<JobStore, 'finish'>;
  readonly mailer: Mailer;
  readonly budget: Pick<MailBudget, 'take'>;
}

interface Composed {
  readonly userId: string;
  readonly kind: MailKind;
  readonly mail: Mail;
}

/** Why no mail is due: the account or its reason is gone, or its address was not proven. */
type NoMail = 'nobody' | 'unproven';

interface MailJobInput<Payload> {
  readonly name: JobName;
  readonly payload: z.ZodType<Payload>;
  /** What to send, and to whom: what holds now, not what held when the job was written. */
  readonly compose: (payload: Payload) => Promise<Composed | NoMail>;
}

/**
 * A job that sends at most one mail as far as that can be: a process that dies between the mail and the note of it
 * sends it once more, since the alternative is to note first and to lose it.
 */
export function mailJob<Payload>(
  { store, mailer, budget }: OutboundMail,
  { name, payload, compose }: MailJobInput<Payload>,
): JobHandler {
  const send = async ({ id, signal }: JobTry, composed: Composed | NoMail): Promise<JobResult> => {
    const note = (outcome: string) =>
      store.finish(id, (manager) => recordDelivery(manager, { jobId: id, channel: 'mail', outcome }));
    if (typeof composed === 'string') {
      await note(composed);
      return 'done';
    }
    const { mail, userId, kind } = composed;
    if (!(await budget.take({ to: mail.to, userId, kind }))) {
      await note('capped');
      return 'undeliverable';
    }
    await note(await mailer.send(mail, signal));
    return 'done';
  };
  return { name, run: async (job) => send(job, await compose(payload.parse(job.payload))) };
}
