import { DescribeClustersCommand } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import type { Clock } from '../release/clock.ts';
import { namesOf } from './names.ts';
import { withServiceEvents } from './service-events.ts';
import { inServiceTime, onDate } from './service-time.ts';
import { startWireServer } from './testing/wire-server.ts';

const minute = 60_000;
const noon = Date.parse('2026-11-21T12:00:00Z');
const clock: Clock = { now: () => noon, sleep: async () => undefined };

test.each([
  ['2.5 minutes ahead', 2.5 * minute],
  ['2.5 minutes behind', -2.5 * minute],
])('a clock is read in the time of AWS, which is %s', async (_case, aheadMilliseconds) => {
  await using aws = await startWireServer({ DescribeClusters: () => ({ body: {} }) }, { aheadMilliseconds });
  expect(inServiceTime(clock, aws.clients).now()).toBe(noon);
  await aws.clients.ecs.send(new DescribeClustersCommand({}));
  // The answer's time is in whole seconds, and reading it takes a moment.
  expect(Math.abs(inServiceTime(clock, aws.clients).now() - noon - aheadMilliseconds)).toBeLessThan(minute);
});

test('a clock that agrees with AWS is left alone', async () => {
  await using aws = await startWireServer({ DescribeClusters: () => ({ body: {} }) });
  await aws.clients.ecs.send(new DescribeClustersCommand({}));
  expect(inServiceTime(clock, aws.clients).now()).toBe(noon);
});

test('events of a rollout are told from earlier ones without a clock', async () => {
  const names = namesOf('prod');
  const event = (id: string, message: string, createdAt: number) => ({ id, message, createdAt: createdAt / 1000 });
  const earlier = event('1', 'of the last rollout', noon + 5 * minute);
  const lines: string[] = [];
  let looks = 0;
  await using aws = await startWireServer({
    ListServices: () => ({ body: { serviceArns: ['arn:aws:ecs:eu-central-1:123456789012:service/x/api'] } }),
    DescribeServices: (_input, call) => {
      looks = call;
      const events = call === 1 ? [earlier] : [event('2', 'has started 2 tasks', noon - 5 * minute), earlier];
      return { body: { services: [{ serviceName: 'api', status: 'ACTIVE', events }] } };
    },
  });
  await withServiceEvents(aws.clients, names, { clock, say: (line) => lines.push(line) }, async () => {
    await expect.poll(() => looks).toBeGreaterThan(3);
  });
  expect(lines).toEqual(['ECS: has started 2 tasks']);
});

test('a command tells the time of its own answer, of a client that is followed too', async () => {
  await using aws = await startWireServer({ DescribeClusters: () => ({ body: {} }) }, { aheadMilliseconds: minute });
  const command = new DescribeClustersCommand({});
  const times: number[] = [];
  onDate(command, (time) => times.push(time));
  await aws.clients.ecs.send(command);
  expect(times).toEqual([expect.any(Number)]);
  expect(aws.clients.time.aheadMilliseconds).toBeGreaterThan(0);
});
