import { describe, expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { CarefulMailer } from './careful-mailer.ts';
import { LogMailer } from './log-mailer.ts';
import type { Mail } from './mailer.ts';
import { isReservedRecipient } from './reserved-recipient.ts';

const { signal } = new AbortController();
const identity = { service: 'worker', environment: 'test', region: 'local', version: '1', commit: 'c', image: 'i' };
const mail = (to: string): Mail => ({ to, subject: 'Welcome', text: 'Hello, private person' });

describe('a recipient', () => {
  it.each(['a@smoke.invalid', 'a@b.test', 'a@example.com', 'a@mail.EXAMPLE.org', 'a@example', 'a@localhost'])(
    'that is %s gets nothing',
    async (to) => {
      const careful = new CarefulMailer({ send: () => Promise.reject(new Error('it was sent')) });
      expect(await careful.send(mail(to), signal)).toBe('skipped');
    },
  );

  it.each(['a@example.de', 'a@my-example.com', 'a@invalid.com', 'a@test.io'])(
    'that is %s gets its mail',
    async (to) => {
      expect(isReservedRecipient(to)).toBe(false);
      expect(await new CarefulMailer({ send: async () => 'sent' }).send(mail(to), signal)).toBe('sent');
    },
  );
});

describe('a mail that becomes a log line', () => {
  it('tells neither to whom nor what it says', async () => {
    const lines: string[] = [];
    const logger = createLogger(identity, 'info', { write: (line) => void lines.push(line) });
    expect(await new LogMailer(logger).send(mail('private@person.de'))).toBe('logged');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ operation: 'mail.send', subject: 'Welcome' });
    expect(lines.join('')).not.toMatch(/private/);
  });

  it('tells what it says where a developer wants to know everything, and still not to whom', async () => {
    const lines: string[] = [];
    const logger = createLogger(identity, 'debug', { write: (line) => void lines.push(line) });
    await new LogMailer(logger).send(mail('someone@home.de'));
    expect(lines.join('')).toContain('Hello, private person');
    expect(lines.join('')).not.toContain('someone@home.de');
  });
});
