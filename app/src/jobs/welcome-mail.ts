import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { JobHandler } from '../queue/job-handler.ts';
import { createMailToken, mailTokenHours } from '../users/mail-token.ts';
import { mailJob, type OutboundMail } from './mail-job.ts';
import type { Recipients } from './recipients.ts';

/**
 * What an address gets without having been proven, hence without a word of whoever gave it: how to prove it.
 * It is sent with the account, and when the user asks for it again.
 */
export function welcomeMail(
  outbound: OutboundMail,
  recipients: Recipients,
  database: Pick<Database, 'transaction'>,
): JobHandler {
  return mailJob(outbound, {
    name: 'welcome-mail',
    payload: z.object({ userId: z.uuid() }),
    compose: async ({ userId }) => {
      const recipient = await recipients.find(userId);
      if (recipient === undefined || recipient.isProven) {
        return 'nobody';
      }
      const token = await database.transaction((manager) => createMailToken(manager, 'email_verifications', userId));
      const mail = { to: recipient.email, subject: 'Confirm your email address', text: textWith(token) };
      return { userId, kind: 'verification', mail };
    },
  });
}

function textWith(token: string): string {
  return [
    'Somebody, you we hope, has made an account with this address: what you have to do has a place now.',
    `To get your reminders by mail, confirm the address within ${mailTokenHours.email_verifications} hours with this code:`,
    token,
    'If it was not you, do nothing, and no reminder will come here. To take the account over, reset its password.',
    '',
  ].join('\n\n');
}
