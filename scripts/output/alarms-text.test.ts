import { expect, it } from 'vitest';
import type { AlarmState } from '../release/alarm-states.ts';
import { renderAlarms } from './alarms-text.ts';
import { plain } from './paint.ts';

const alarm = (name: string, state: AlarmState['state'], more: Partial<AlarmState> = {}): AlarmState => ({
  name,
  state,
  condition: `${name} > 1`,
  guards: [],
  ...more,
});

it('lists alarms that fire first, with what to do, and those that are not here last, with the reason', () => {
  const text = renderAlarms(
    [
      alarm('database-storage', 'not here', { because: 'the disk of this machine' }),
      alarm('api-cpu', 'not firing'),
      alarm('queue-age', 'no data', { because: 'tasks of worker: not answering' }),
      alarm('api-5xx', 'firing', {
        since: '2026-11-30T18:00:00.123Z',
        guards: ['api'],
        runbook: 'docs/runbooks/errors-or-slow-requests.md',
      }),
    ],
    plain,
  );
  expect(text.split('\n')).toEqual([
    'ALARM             STATE       FIRES WHEN',
    'api-5xx           firing      api-5xx > 1; since 2026-11-30T18:00:00Z; ends a rollout of api',
    'queue-age         no data     queue-age > 1; tasks of worker: not answering',
    'api-cpu           not firing  api-cpu > 1',
    'database-storage  not here    database-storage > 1; the disk of this machine',
    '',
    'What to do:',
    '  api-5xx: docs/runbooks/errors-or-slow-requests.md',
  ]);
});
