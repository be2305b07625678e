import { z } from 'zod';
import type { JobHandler } from '../queue/job-handler.ts';
import { inWords, totalSeconds, webhookRetries } from '../queue/retry-schedule.ts';
import { mailJob, type OutboundMail } from './mail-job.ts';
import type { Recipients } from './recipients.ts';

const reasons = {
  gone: 'Its receiver answered 410 Gone.',
  failing: `It took no message for ${inWords(totalSeconds(webhookRetries))}.`,
} as const;

/** Tells the owner of a webhook that it gets no more messages: who looks at no log would never know. */
export function webhookDisabled(outbound: OutboundMail, recipients: Recipients): JobHandler {
  return mailJob(outbound, {
    name: 'webhook-disabled',
    payload: z.object({ userId: z.uuid(), reason: z.enum(['gone', 'failing']) }),
    compose: async ({ userId, reason }) => {
      const recipient = await recipients.find(userId);
      if (recipient === undefined) {
        return 'nobody';
      }
      const text = `${reasons[reason]} Its last attempts are at GET /users/me/webhook/deliveries; POST /users/me/webhook/enable has it sent to again.\n`;
      const mail = { to: recipient.email, subject: 'Your webhook was disabled', text };
      return recipient.isProven ? { userId, kind: 'other', mail } : 'unproven';
    },
  });
}
