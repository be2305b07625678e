import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createWebhookSecret, signedHeaders } from './signature.ts';

describe('a webhook', () => {
  it('is signed as the specification shows', () => {
    // The example of https://github.com/standard-webhooks/standard-webhooks (libraries/javascript/src/index.test.ts).
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const headers = signedHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1_614_265_330);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is accepted by the receivers’ library, and not when anything of it is changed', () => {
    const secret = createWebhookSecret();
    const receiver = new Webhook(secret);
    const now = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({ type: 'todo.completed', data: { title: 'Überprüfen ✓' } });
    const headers = signedHeaders(secret, 'msg_1', body, now);
    expect(receiver.verify(body, headers)).toEqual(JSON.parse(body));
    const changed: readonly (readonly [string, Record<string, string>])[] = [
      [`${body} `, headers],
      [body, { ...headers, 'webhook-id': 'msg_2' }],
      [body, { ...headers, 'webhook-timestamp': String(now + 1) }],
      [body, signedHeaders(createWebhookSecret(), 'msg_1', body, now)],
      // Older than the five minutes that the library allows.
      [body, signedHeaders(secret, 'msg_1', body, now - 301)],
    ];
    for (const [text, sent] of changed) {
      expect(() => receiver.verify(text, sent)).toThrow(WebhookVerificationError);
    }
  });

  it('has a secret of its own, of 24 bytes', () => {
    const [one, other] = [createWebhookSecret(), createWebhookSecret()];
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    expect(one).not.toBe(other);
  });
});
