import { describe, expect, it } from 'vitest';
import type { LogLine, LogQuery } from '../release/target.ts';
import { RecentFailures } from './failures.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const line = (second: number, fields: object, task = 'api.1.x'): LogLine => ({
  service: 'api',
  task,
  at: at(second),
  text: JSON.stringify(fields),
});

/** A log that grows, and what was asked of it. */
function growing() {
  const lines: LogLine[] = [];
  const asked: LogQuery[] = [];
  const clock = { now: Date.parse(at(0)) };
  const failures = new RecentFailures(
    async function* (query) {
      asked.push(query);
      const from = clock.now - (query.sinceSeconds ?? 0) * 1000;
      yield* lines.filter((one) => Date.parse(one.at ?? '') >= from);
    },
    () => clock.now,
  );
  return { lines, asked, clock, failures };
}

describe('recent failures', () => {
  it('are errors, requests answered with 5xx and last words, latest first', async () => {
    const { lines, clock, failures } = growing();
    lines.push(
      line(1, { level: 'error', msg: 'no', correlationId: 'a', err: { message: 'why' } }),
      line(2, {
        level: 'info',
        msg: 'request',
        method: 'GET',
        path: '/',
        statusCode: 503,
        durationMs: 2,
        correlationId: 'b',
      }),
      line(3, { level: 'info', msg: 'request', method: 'GET', path: '/', statusCode: 404, durationMs: 2 }),
      line(4, { level: 'warn', msg: 'slow' }),
      { service: 'api', task: 'api.1.x', at: at(5), text: 'FATAL ERROR: heap out of memory' },
    );
    clock.now = Date.parse(at(6));

    expect(await failures.look()).toEqual([
      { at: at(5), task: 'api.1', text: 'FATAL ERROR: heap out of memory' },
      { at: at(2), task: 'api.1', level: 'info', text: 'GET / 503 2 ms', correlationId: 'b' },
      { at: at(1), task: 'api.1', level: 'error', text: 'no: why', correlationId: 'a' },
    ]);
  });

  it('are read once each: a later look asks for what was written since, with some overlap', async () => {
    const { lines, asked, clock, failures } = growing();
    lines.push(line(1, { level: 'error', msg: 'one' }));
    clock.now = Date.parse(at(2));
    await failures.look();
    lines.push(line(3, { level: 'error', msg: 'two' }), line(3, { level: 'error', msg: 'two' }, 'api.2.y'));
    clock.now = Date.parse(at(7));

    expect((await failures.look()).map(({ text, task }) => `${task} ${text}`)).toEqual([
      'api.1 two',
      'api.2 two',
      'api.1 one',
    ]);
    expect(asked.map(({ sinceSeconds, follow }) => [sinceSeconds, follow])).toEqual([
      [3600, false],
      [10, false],
    ]);
  });

  it('that were not looked for meanwhile are looked for when somebody does again', async () => {
    const { asked, clock, failures } = growing();
    await failures.look();
    clock.now += 90_000;
    await failures.look();
    clock.now += 7_200_000;
    await failures.look();

    expect(asked.map(({ sinceSeconds }) => sinceSeconds)).toEqual([3600, 95, 3600]);
  });

  it('are asked for again after a reading that failed', async () => {
    let now = 0;
    const asked: (number | undefined)[] = [];
    const failures = new RecentFailures(
      // biome-ignore lint/correctness/useYield: it fails before there is a line.
      async function* ({ sinceSeconds }) {
        asked.push(sinceSeconds);
        if (asked.length === 2) throw new Error('the engine is gone');
      },
      () => now,
    );
    await failures.look();
    now = 10_000;
    await expect(failures.look()).rejects.toThrow('gone');
    now = 20_000;
    await failures.look();

    expect(asked).toEqual([3600, 15, 25]);
  });

  it('are the latest two hundred', async () => {
    const { lines, clock, failures } = growing();
    for (let second = 0; second < 250; second += 1) lines.push(line(second, { level: 'error', msg: String(second) }));
    clock.now = Date.parse(at(300));
    const found = await failures.look();

    expect(found).toHaveLength(200);
    expect([found[0]?.text, found.at(-1)?.text]).toEqual(['249', '50']);
  });
});
