import type { MailBudget, MailKind } from '../mail/mail-budget.ts';
import type { Mail, Mailer } from '../mail/mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobResult, JobTry } from '../queue/job-handler.ts';
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

/**
 * Sends at most one mail for a job as far as that can be: a process that dies between the mail and the note of it
 * sends it once more, since the alternative is to note first and to lose it.
 */
export async function mailOnce(
  { store, mailer, budget }: OutboundMail,
  { id, signal }: Pick<JobTry, 'id' | 'signal'>,
  compose: () => Promise<Composed | NoMail>,
): Promise<JobResult> {
  const composed = await compose();
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
}
