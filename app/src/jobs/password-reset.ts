import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { JobHandler } from '../queue/job-handler.ts';
import { createMailToken, mailTokenHours } from '../users/mail-token.ts';
import { mailJob, type OutboundMail } from './mail-job.ts';
import type { Recipients } from './recipients.ts';

/** Goes to addresses that nobody has proven, too: their owners could not get at the account of a stranger otherwise. */
export function passwordReset(
  outbound: OutboundMail,
  recipients: Recipients,
  database: Pick<Database, 'transaction'>,
): JobHandler {
  return mailJob(outbound, {
    name: 'password-reset',
    payload: z.object({ userId: z.uuid() }),
    compose: async ({ userId }) => {
      const recipient = await recipients.find(userId);
      if (recipient === undefined) {
        return 'nobody';
      }
      const token = await database.transaction((manager) => createMailToken(manager, 'password_resets', userId));
      return {
        userId,
        kind: 'reset',
        mail: { to: recipient.email, subject: 'Reset your password', text: textWith(token) },
      };
    },
  });
}

function textWith(token: string): string {
  const hours = mailTokenHours.password_resets;
  return [
    'Somebody, you we hope, has asked to reset the password of the account with this address.',
    `To set a new one, use this code within ${hours === 1 ? 'an hour' : `${hours} hours`}:`,
    token,
    'It ends all sessions. If it was not you, do nothing: nobody can change the password without this code.',
    '',
  ].join('\n\n');
}
