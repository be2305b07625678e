import { createHmac, randomBytes } from 'node:crypto';

/*
 * Standard Webhooks: receivers have libraries for it, and know a message that comes twice by its id.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

const prefix = 'whsec_';
const secretBytes = 24;

export function createWebhookSecret(): string {
  return `${prefix}${randomBytes(secretBytes).toString('base64')}`;
}

/** Headers by which the receiver knows that the message is ours, not older than it claims, and not another one. */
export function signedHeaders(secret: string, id: string, body: string, nowSeconds: number): Record<string, string> {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${nowSeconds}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(nowSeconds),
    'webhook-signature': `v1,${signature}`,
  };
}
