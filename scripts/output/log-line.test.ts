import { describe, expect, it } from 'vitest';
import { matches, renderLogLine } from './log-line.ts';
import { plain } from './paint.ts';

const at = '2026-11-25T14:02:11.123456789Z';
const today = new Date(at);
const time = [today.getHours(), today.getMinutes(), today.getSeconds()]
  .map((n) => String(n).padStart(2, '0'))
  .join(':');
const base = { time: at, service: 'api', version: '1.0.0', environment: 'staging', region: 'local' };

const line = (fields: object | string, task = 'api.1.xqk1h28yeb6f') => ({
  service: 'api',
  task,
  at,
  text: typeof fields === 'string' ? fields : JSON.stringify({ ...base, ...fields }),
});
const render = (...args: Parameters<typeof line>) => renderLogLine(line(...args), plain, today);

const request = {
  level: 'info',
  correlationId: 'one',
  operation: 'GET /todos/:id',
  method: 'GET',
  path: '/todos/7',
  statusCode: 200,
  durationMs: 3.4,
  msg: 'request',
};

describe('a log line', () => {
  it.each([
    ['a request', request, 'GET /todos/7 200 3 ms'],
    [
      'a message with its facts',
      { level: 'info', msg: 'shutting down', signal: 'SIGTERM' },
      'shutting down signal=SIGTERM',
    ],
    [
      'what failed, down to its cause, for which request',
      {
        level: 'error',
        msg: 'request failed',
        correlationId: 'one',
        err: { type: 'Error', message: 'query failed', stack: '…', cause: { message: 'duplicate key' } },
      },
      'ERROR request failed: query failed: duplicate key correlationId=one',
    ],
    ['a text', 'node:internal/modules/run_main:107', 'node:internal/modules/run_main:107'],
    ['JSON that is no object', '[1]', '[1]'],
    ['JSON that was cut off', '{"level":"info"', '{"level":"info"'],
  ])('says in words: %s', (_, fields, words) => {
    expect(render(fields)).toBe(`${time} api.1 ${words}`);
  });

  it('names a task of ECS by the first digits of its id', () => {
    expect(render('x', '0123456789abcdef0123456789abcdef')).toBe(`${time} api.01234567 x`);
  });

  it('has its date where it is not from today', () => {
    const tomorrow = new Date(today.getTime() + 86_400_000);
    expect(renderLogLine(line('x'), plain, tomorrow)).toMatch(/^2026-11-2\d \d\d:\d\d:\d\d api\.1 x$/);
  });

  it('goes without a time where the platform has none', () => {
    expect(renderLogLine({ service: 'api', task: 'api.1', text: 'x' }, plain, today)).toBe('api.1 x');
  });
});

describe('a filter', () => {
  it.each([
    ['nothing', {}, [true, true, true]],
    ['a level, and those above it', { level: 'warn' }, [false, true, true]],
    ['the lines of one request', { correlationId: 'one' }, [true, false, false]],
  ] as const)('by %s', (_, filter, expected) => {
    const lines = [line(request), line({ level: 'error', msg: 'x', correlationId: 'two' }), line('a crash')];
    expect(lines.map((one) => matches(one, filter))).toEqual(expected);
  });
});
