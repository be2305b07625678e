import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { eventBridgeCron } from './cron.ts';

describe('a cron expression on AWS', () => {
  it.each([
    ['* * * * *', 'cron(* * * * ? *)'],
    ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
    ['5/20 3 * * *', 'cron(5,25,45 3 * * ? *)'],
    ['30 3 1 * *', 'cron(30 3 1 * ? *)'],
    ['0 9-17 * * 1-5', 'cron(0 9-17 ? * MON-FRI *)'],
    ['0 0 * jan,JUL 7', 'cron(0 0 ? JAN,JUL SUN *)'],
    ['0 0 * * 5-7', 'cron(0 0 ? * SUN,FRI,SAT *)'],
    ['0 22 * 1-12/2 *', 'cron(0 22 * JAN,MAR,MAY,JUL,SEP,NOV ? *)'],
  ])('%s is %s, at the same times', (expression, expected) => {
    expect(eventBridgeCron(expression)).toBe(expected);

    const [minute, hour, day, month, weekday] = expected.slice('cron('.length, -1).split(' ');
    const local = new Cron([minute, hour, day, month, weekday].join(' '), { timezone: 'Europe/Berlin' });
    const times = new Cron(expression.replace('5/20', '5-59/20'), { timezone: 'Europe/Berlin' }).nextRuns(
      20,
      '2026-03-01',
    );
    expect(local.nextRuns(20, '2026-03-01')).toEqual(times);
  });

  it.each([
    ['0 3 * *', 'five fields'],
    ['60 3 * * *', 'made of values from 0 to 59 in the minute: "60" is none'],
    ['0 3 * * MOM', 'made of values from 0 to 7 in the day of the week: "MOM" is none'],
    ['0 5-3 * * *', 'made of values from 0 to 23 in the hour'],
    ['*/0 * * * *', 'made of values from 0 to 59 in the minute'],
    ['0 3 1 * MON', 'EventBridge Scheduler takes one of the two'],
  ])('%s is refused: it must be %s', (expression, reason) => {
    expect(() => eventBridgeCron(expression)).toThrow(reason);
  });
});
