import { z } from 'zod';

const longestUrl = 2_000;

export const setWebhookBody = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    // Written out it may get a slash more.
    .max(longestUrl - 1)
    .meta({ examples: ['https://receiver.example/hook'] })
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

const exampleUrl = z.string().meta({ examples: ['https://receiver.example/hook'] });

export const webhookView = z.object({
  url: exampleUrl,
  failingSince: z.iso.datetime().nullable().describe('When the first attempt failed after which none succeeded.'),
  disabled: z
    .object({
      at: z.iso.datetime(),
      reason: z
        .enum(['gone', 'failing'])
        .describe(
          'gone: the receiver answered 410. failing: a message was given up, and none was delivered meanwhile.',
        ),
    })
    .nullable()
    .describe('It gets no messages until it is enabled or set again.'),
  messagesLeftToday: z.int().describe('What happens beyond them is not sent. They start again at midnight (UTC).'),
});

export const newWebhookView = z.object({
  url: exampleUrl,
  secret: z.string().meta({
    description: 'Signs each message (Standard Webhooks). Told this once.',
    examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
  }),
});

export const webhookDeliveriesView = z.object({
  items: z.array(
    z.object({
      messageId: z.uuid().describe('The same for every attempt; sent as webhook-id.'),
      type: z.string().meta({ examples: ['todo.completed'] }),
      attempt: z.int().describe('1 is the first.'),
      attemptedAt: z.iso.datetime(),
      durationMs: z.int(),
      outcome: z
        .enum(['delivered', 'refused', 'no-answer', 'forbidden'])
        .describe(
          'refused: answered with another status than 2xx. forbidden: the host has an address that is not public.',
        ),
      status: z.int().nullable().describe('What the receiver answered.'),
      detail: z
        .string()
        .meta({ examples: ['HTTP 503'] })
        .nullable(),
      nextAttemptAt: z.iso.datetime().nullable().describe('null: it was delivered, or was given up.'),
    }),
  ),
});

export type SetWebhook = z.output<typeof setWebhookBody>;
export type WebhookView = z.output<typeof webhookView>;
export type NewWebhookView = z.output<typeof newWebhookView>;
export type WebhookDeliveriesView = z.output<typeof webhookDeliveriesView>;
