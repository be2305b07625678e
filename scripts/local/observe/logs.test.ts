import { describe, expect, it } from 'vitest';

import { logArguments, merge, parseLogLine } from './logs.ts';

describe('log lines', () => {
  it('name the service and the task that wrote them', () => {
    const line = 'example-staging_api.2.xqk1h28yeb6fikfcae9wvn0ge@vm    | {"msg":"a | b"}';
    expect(parseLogLine('api', line)).toEqual({ service: 'api', task: 'api.2.xqk1h28yeb6f', text: '{"msg":"a | b"}' });
  });

  it('may be empty', () => {
    expect(parseLogLine('api', 'example-staging_api.1.xqk1h28yeb6f@vm    | ')?.text).toBe('');
  });

  it('are told from what Docker itself says', () => {
    expect(parseLogLine('api', 'error from daemon in stream: no such task')).toBeUndefined();
  });

  it('are asked for as the query says', () => {
    expect(logArguments('x_api', { follow: true, sinceSeconds: 60, tail: 5 }).join(' ')).toBe(
      'service logs --no-trunc --follow --since 60s --tail 5 x_api',
    );
    expect(logArguments('x_api', { follow: false })).toEqual(['service', 'logs', '--no-trunc', 'x_api']);
  });
});

async function* numbers(...values: readonly number[]) {
  yield* values;
}

it('several sources are read to their ends', async () => {
  const all: number[] = [];
  for await (const value of merge([numbers(1, 3), numbers(2), numbers()])) all.push(value);
  expect(all.toSorted()).toEqual([1, 2, 3]);
});
