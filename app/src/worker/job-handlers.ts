import { Database } from '../database/database.ts';
import type { WorkerEnv } from '../env/env.ts';
import { HttpSender } from '../http-client/http-sender.ts';
import { Recipients } from '../jobs/recipients.ts';
import { Reminder } from '../jobs/reminder.ts';
import { TodoCompleted } from '../jobs/todo-completed.ts';
import { WebhookDelivery } from '../jobs/webhook-delivery.ts';
import { WelcomeMail } from '../jobs/welcome-mail.ts';
import type { Logger } from '../logging/logger.ts';
import { CarefulMailer } from '../mail/careful-mailer.ts';
import { LogMailer } from '../mail/log-mailer.ts';
import { SesMailer } from '../mail/ses-mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler } from '../queue/job-handler.ts';
import { Probation } from '../webhooks/probation.ts';
import { Receivers } from '../webhooks/receivers.ts';

/** One handler for each job name. */
export function jobHandlers(
  env: WorkerEnv,
  database: Database,
  store: JobStore,
  logger: Logger,
): readonly JobHandler[] {
  const sender = env.mailFrom === undefined ? new LogMailer(logger) : new SesMailer(env.mailFrom, env.identity.region);
  const mailer = new CarefulMailer(sender);
  const webhooks = new WebhookDelivery({
    store,
    sender: new HttpSender(env.webhookTargets),
    receivers: new Receivers(database),
    probation: new Probation(env.concurrency),
  });
  return [
    new WelcomeMail(store, mailer, new Recipients(database)),
    new Reminder(store, mailer, database),
    new TodoCompleted(webhooks),
  ];
}
