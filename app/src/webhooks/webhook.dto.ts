import { z } from 'zod';

const longestUrl = 2_000;

export const setWebhookBody = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(longestUrl)
    // As a browser would write it: what is stored is what will be asked.
    .transform((text, context) => {
      const { href } = new URL(text);
      if (href.length > longestUrl) {
        context.addIssue(`must not be longer than ${longestUrl} characters`);
        return z.NEVER;
      }
      return href;
    }),
});

export const webhookView = z.object({ url: z.string() });

export const newWebhookView = z.object({
  url: z.string(),
  secret: z.string().describe('Signs each message (Standard Webhooks). Told this once.'),
});

export type SetWebhook = z.output<typeof setWebhookBody>;
export type WebhookView = z.output<typeof webhookView>;
export type NewWebhookView = z.output<typeof newWebhookView>;
