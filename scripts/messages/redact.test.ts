import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

const secret = 'hunter2-correct-horse';

describe('redact', () => {
  it.each([
    `{"level":"info","password":"${secret}","user":"ada"}`,
    `{"headers":{"Authorization":"Bearer ${secret}","x-request-id":"1"}}`,
    `{"set-cookie":["session=${secret}; Path=/"],"user":"ada"}`,
    `{"msg":"sent {\\"apiKey\\":\\"${secret}\\"}","user":"ada"}`,
    `DATABASE_PASSWORD=${secret} node dist/main.js`,
    `AUTH_SECRETS="${secret} and more" node`,
    `GET /callback?access_token=${secret}&state=1 ada`,
    `authorization: Bearer ${secret}`,
    `Authorization: Basic ${secret}`,
    `cookie: session=${secret}`,
    `connecting to postgres://app:${secret}@db:5432/app`,
    `connecting to redis://:${secret}@valkey:6379`,
    `aws_secret_access_key = ${secret}`,
    `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
  ])('hides the value in %s', (text) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it('hides tokens and keys that have no name', () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    expect(redact(`got ${token}, and AKIAIOSFODNN7EXAMPLE`)).toBe('got [redacted], and [redacted]');
  });

  it('hides what is known to be a secret, wherever it is', () => {
    expect(redact(`the server said ${secret}!`, [secret, 'a'])).toBe('the server said [redacted]!');
  });

  it.each([
    '{"level":"error","msg":"connect ECONNREFUSED 10.0.0.1:5432","statusCode":500}',
    'api: 1 of 2 tasks are not healthy',
    'https://api.example.com/todos?limit=20',
    'exit code 137, killed: over its memory limit',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});
