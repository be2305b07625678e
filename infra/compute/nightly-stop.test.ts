import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const action = 'aws:appautoscaling/scheduledAction:ScheduledAction';
const on = { stopTasksAt: '20:05', startTasksAt: '07:00', scheduleTimezone: 'Europe/Berlin' };

describe('the nightly stop', () => {
  it('is not there unless it is set', async () => {
    const graph = await graphOf();

    expect(ofType(graph, action)).toEqual([]);
    expect(find(graph, 'aws:appautoscaling/target:Target', 'api').ignoreChanges).toEqual([]);
  });

  it('stops every day and starts on working days, with what holds by day', async () => {
    const graph = await graphOf('staging', { ...on, apiDesiredCount: '2', apiMaxCount: '6' });

    expect(find(graph, action, 'api-stop').inputs).toMatchObject({
      schedule: 'cron(5 20 ? * * *)',
      timezone: 'Europe/Berlin',
      scalableTargetAction: { minCapacity: 0, maxCapacity: 0 },
    });
    expect(find(graph, action, 'api-start').inputs).toMatchObject({
      schedule: 'cron(0 7 ? * MON-FRI *)',
      timezone: 'Europe/Berlin',
      scalableTargetAction: { minCapacity: 2, maxCapacity: 6 },
    });
  });

  it('wakes nobody up for it', async () => {
    const graph = await graphOf('staging', on);
    const alarm = find(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'api-no-task');

    expect(alarm.inputs['treatMissingData']).toBe('notBreaching');
    expect(find(graph, 'aws:appautoscaling/target:Target', 'api').ignoreChanges).toEqual([
      'minCapacity',
      'maxCapacity',
    ]);
  });
});
