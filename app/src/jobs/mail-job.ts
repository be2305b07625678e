import type { Mail, Mailer } from '../mail/mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobResult } from '../queue/job-handler.ts';
import { recordDelivery } from './deliveries.ts';

/**
 * Sends at most one mail for a job as far as that can be: a process that dies between the mail and the note of it
 * sends it once more, since the alternative is to note first and to lose it.
 * @param compose `undefined`: there is nobody to write to any more
 */
export async function mailOnce(
  { store, mailer }: { readonly store: JobStore; readonly mailer: Mailer },
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
  compose: () => Promise<Mail | undefined>,
): Promise<JobResult> {
  const mail = await compose();
  const outcome = mail === undefined ? 'nobody' : await mailer.send(mail, signal);
  await store.finish(id, (manager) => recordDelivery(manager, { jobId: id, channel: 'mail', outcome }));
  return 'done';
}
