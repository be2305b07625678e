import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readable } from './log-lines.ts';

const common = {
  time: '2026-11-25T14:40:05.592',
  service: 'api',
  version: 'development',
  environment: 'development',
  region: 'local',
};
const shown = (fields: object) => stripVTControlCharacters(readable(JSON.stringify({ ...common, ...fields })));

describe('a log line for a person', () => {
  it('has time, service, level, message and what else is said', () => {
    expect(shown({ level: 'info', operation: 'start', port: 3000, msg: 'listening' })).toBe(
      '14:40:05.592 api    info  listening operation=start port=3000',
    );
  });

  it('names a request by what was asked and answered', () => {
    const request = { operation: 'GET /todos', method: 'GET', path: '/todos', statusCode: 200, durationMs: 3.4 };
    expect(shown({ level: 'info', correlationId: 'c-1', ...request, msg: 'request' })).toBe(
      '14:40:05.592 api    info  GET /todos 200 in 3.4 ms correlationId=c-1',
    );
  });

  const err = {
    type: 'Error',
    message: 'no',
    stack: 'Error: no\n    at a (b.ts:1:2)',
    cause: { type: 'Error', message: 'why', stack: 'Error: why\n    at c (d.ts:3:4)' },
  };

  it('has the stack of an error below it, and its causes', () => {
    expect(shown({ level: 'error', msg: 'failed', err })).toBe(
      [
        '14:40:05.592 api    error failed',
        '  Error: no',
        '    at a (b.ts:1:2)',
        '  caused by',
        '  Error: why',
        '    at c (d.ts:3:4)',
      ].join('\n'),
    );
  });

  it('says of a warning why, not from where', () => {
    expect(shown({ level: 'warn', msg: 'tried again', err })).toBe(
      ['14:40:05.592 api    warn  tried again', '  no', '  caused by', '  why'].join('\n'),
    );
  });

  it.each(['plain text', '{"no":"level"}', '[1]'])('stays as it is when it is none of the app: %s', (line) => {
    expect(readable(line)).toBe(line);
  });
});
