import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { runInRequest } from './request-context.ts';

function recording() {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const identity = { service: 'api', environment: 'test', region: 'here', version: '1', commit: 'c', image: 'i' };
  return { lines, logger: createLogger(identity, 'info', destination) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a log line', () => {
  it('says who speaks', () => {
    const { lines, logger } = recording();
    logger.info('hello');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        service: 'api',
        version: '1',
        environment: 'test',
        region: 'here',
        msg: 'hello',
      },
    ]);
  });

  it.each([
    '2026-11-21T09:00:00.007Z',
    '2026-11-21T09:00:00.999Z',
    '2026-11-21T09:00:01.000Z',
    '2027-01-01T00:00:00.050Z',
  ])('says when, to the millisecond: %s', (time) => {
    const { lines, logger } = recording();
    vi.useFakeTimers({ now: new Date(time) });
    logger.info('hello');
    expect(lines[0]).toMatchObject({ time });
  });

  it('names the request on whose behalf it was written, also later', async () => {
    const { lines, logger } = recording();
    await new Promise<void>((resolve) => {
      runInRequest({ correlationId: 'the-request' }, () => {
        setImmediate(() => {
          logger.info('later');
          resolve();
        });
      });
    });
    logger.info('outside');
    expect(lines.map(({ correlationId }) => correlationId)).toEqual(['the-request', undefined]);
  });

  it.each(['authorization', 'cookie', 'set-cookie', 'password', 'token', 'refreshToken', 'accessToken', 'secret'])(
    'never holds the value of %s',
    (name) => {
      const { lines, logger } = recording();
      logger.info({ [name]: 'shh', headers: { [name]: 'shh' }, body: { [name]: 'shh', kept: 'yes' } }, 'said');
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain('shh');
      expect(lines[0]).toMatchObject({ [name]: '[redacted]', body: { kept: 'yes' } });
    },
  );

  it('holds of an error what helps, and neither parameters nor rows', () => {
    const { lines, logger } = recording();
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(me@example.org)' });
    const error = Object.assign(new Error('query failed', { cause }), {
      parameters: ['me@example.org'],
      query: 'INSERT',
    });
    logger.error({ err: error }, 'failed');
    expect(lines[0]?.['err']).toEqual({
      type: 'Error',
      message: 'query failed',
      stack: expect.stringContaining('query failed'),
      cause: { type: 'Error', message: 'duplicate key', code: '23505', stack: expect.any(String) },
    });
    expect(JSON.stringify(lines)).not.toContain('me@example.org');
  });

  it('survives something thrown that is no error', () => {
    const { lines, logger } = recording();
    logger.error({ err: 'just text' }, 'failed');
    expect(lines[0]?.['err']).toEqual({ type: 'string', message: 'just text' });
  });
});
