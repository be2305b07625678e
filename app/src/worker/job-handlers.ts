import { Database } from '../database/database.ts';
import type { WorkerEnv } from '../env/env.ts';
import { HttpSender } from '../http-client/http-sender.ts';
import { passwordReset } from '../jobs/password-reset.ts';
import { Recipients } from '../jobs/recipients.ts';
import { reminder } from '../jobs/reminder.ts';
import { TodoCompleted } from '../jobs/todo-completed.ts';
import { WebhookDelivery } from '../jobs/webhook-delivery.ts';
import { webhookDisabled } from '../jobs/webhook-disabled.ts';
import { welcomeMail } from '../jobs/welcome-mail.ts';
import type { Logger } from '../logging/logger.ts';
import { CarefulMailer } from '../mail/careful-mailer.ts';
import { LogMailer } from '../mail/log-mailer.ts';
import { MailBudget } from '../mail/mail-budget.ts';
import { SesMailer } from '../mail/ses-mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler } from '../queue/job-handler.ts';
import { DeliverySlots } from '../webhooks/delivery-slots.ts';
import { Receivers } from '../webhooks/receivers.ts';

/** One handler for each job name. */
export function jobHandlers(
  env: WorkerEnv,
  database: Database,
  store: JobStore,
  logger: Logger,
): readonly JobHandler[] {
  const mailer =
    env.mailFrom === undefined
      ? new LogMailer(logger)
      : new CarefulMailer(new SesMailer(env.mailFrom, env.identity.region));
  const mails = { store, mailer, budget: new MailBudget(database, () => new Date()) };
  const recipients = new Recipients(database);
  const webhooks = new WebhookDelivery({
    store,
    sender: new HttpSender(env.webhookTargets),
    receivers: new Receivers(database),
    slots: new DeliverySlots(env.concurrency),
  });
  return [
    welcomeMail(mails, recipients, database),
    passwordReset(mails, recipients, database),
    webhookDisabled(mails, recipients),
    reminder(mails, database),
    new TodoCompleted(webhooks),
  ];
}
