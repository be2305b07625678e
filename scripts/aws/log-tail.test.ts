import { describe, expect, test } from 'vitest';
import type { Clock } from '../release/clock.ts';
import { rejection } from '../release/testing/rejection.ts';
import { readLogs } from './log-tail.ts';
import { type Handlers, startWireServer } from './testing/wire-server.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const sources = [{ service: 'api', logGroup: '/ecs/nest-fargate-prod-api' }];

/** Each sleep ends at once, and so much later it is. */
class SteppingClock implements Clock {
  #now = now;
  now(): number {
    return this.#now;
  }
  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
  }
}

const event = (id: number, message: string, task = 'aaaa') => ({
  eventId: String(id),
  timestamp: now + id,
  message,
  logStreamName: `api/api/${task}`,
});

async function read(handlers: Handlers, query: object, lineLimit = Number.POSITIVE_INFINITY) {
  await using aws = await startWireServer(handlers);
  const stop = new AbortController();
  const lines: string[] = [];
  const context = { clock: new SteppingClock(), signal: stop.signal };
  for await (const { service, task, text } of readLogs(
    aws.clients.logs,
    sources,
    { follow: false, ...query },
    context,
  )) {
    lines.push(`${service}/${task} ${text}`);
    if (lines.length >= lineLimit) stop.abort();
  }
  return { lines, calls: aws.calls.length };
}

describe('log lines', () => {
  test.each([
    ['8c1f-22', '"8c1f-22"'],
    ['a"b', undefined],
  ])('that contain %s are searched by CloudWatch, where its syntax has the text', async (contains, filterPattern) => {
    const asked: unknown[] = [];
    await read(
      { FilterLogEvents: (input) => ({ body: { events: [], asked: asked.push(input['filterPattern']) } }) },
      { contains },
    );
    expect(asked).toEqual([filterPattern]);
  });

  test('come oldest first over all pages, from as long ago as asked', async () => {
    const asked: unknown[] = [];
    const { lines } = await read(
      {
        FilterLogEvents: (input) => {
          asked.push([input['logGroupName'], input['startTime'], input['nextToken']]);
          return input['nextToken'] === undefined
            ? { body: { events: [event(2, 'two', 'bbbb'), event(3, 'three\n')], nextToken: 'more' } }
            : { body: { events: [event(1, 'one')] } };
        },
      },
      { sinceSeconds: 60 },
    );
    expect(lines).toEqual(['api/aaaa one', 'api/bbbb two', 'api/aaaa three']);
    expect(asked).toEqual([
      ['/ecs/nest-fargate-prod-api', now - 60_000, undefined],
      ['/ecs/nest-fargate-prod-api', now - 60_000, 'more'],
    ]);
  });

  test('are the latest ones when a number is asked for', async () => {
    const { lines } = await read(
      { FilterLogEvents: () => ({ body: { events: [event(1, 'one'), event(2, 'two'), event(3, 'three')] } }) },
      { tail: 2 },
    );
    expect(lines).toEqual(['api/aaaa two', 'api/aaaa three']);
  });

  test('are followed without repeating what two looks have both seen', async () => {
    const { lines } = await read(
      {
        FilterLogEvents: (_input, call) => ({
          body: {
            events: call === 1 ? [event(1, 'one'), event(2, 'two')] : [event(2, 'two'), event(call, `line ${call}`)],
          },
        }),
      },
      { follow: true },
      4,
    );
    expect(lines).toEqual(['api/aaaa one', 'api/aaaa two', 'api/aaaa line 3', 'api/aaaa line 4']);
  });

  test('are none where nothing was deployed', async () => {
    const { lines } = await read({ FilterLogEvents: () => ({ error: 'ResourceNotFoundException' }) }, {});
    expect(lines).toEqual([]);
  });

  test('that may not be read are a permission that is missing', async () => {
    const message = 'User: x is not authorized to perform: logs:FilterLogEvents on resource: y';
    const failure = await rejection(read({ FilterLogEvents: () => ({ error: 'AccessDeniedException', message }) }, {}));
    expect(failure.message).toBe('The AWS credentials lack the permission logs:FilterLogEvents.');
  });
});
