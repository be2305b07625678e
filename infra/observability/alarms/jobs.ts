import type { Job } from '../../compute/jobs.ts';
import { type Naming, physicalName } from '../../foundation/naming.ts';
import type { Alarms } from '../alarm.ts';
import { failedRunsRule } from '../stopped-tasks.ts';

/** Once in an hour is enough, and every failure is in the metric: one datapoint of the last hour decides. */
const anyInAnHour = {
  runbook: 'scheduled-run-failed',
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  periodSeconds: 300,
  periods: 12,
  datapoints: 1,
  // Nothing is counted where nothing fails.
  missingData: 'notBreaching',
} as const;

/** Runs of scheduled processes that failed, or that were never started. */
export function jobAlarms({ naming, jobs }: { readonly naming: Naming; readonly jobs: readonly Job[] }): Alarms {
  const scheduled = jobs.filter(({ kind }) => kind === 'schedule');
  if (scheduled.length === 0) return {};
  return {
    ...Object.fromEntries(
      scheduled.map(({ name }) => [
        `${name}-failed`,
        {
          ...anyInAnHour,
          reason: 'Nobody waits for the result of a run, so nobody else would notice. One of the last hour is enough.',
          description: `A run of ${name} failed: its task did not start, was stopped, or ended with another exit code than 0. status has the reason and the last log lines.`,
          // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
          metric: {
            namespace: 'AWS/Events',
            name: 'TriggeredRules',
            dimensions: { RuleName: failedRunsRule(naming, name) },
            statistic: 'Sum',
          },
        },
      ]),
    ),
    'schedules-dropped': {
      ...anyInAnHour,
      reason: 'Scheduler tries for an hour before it gives up, and no task leaves a trace of it.',
      description: `EventBridge Scheduler gave up starting ${scheduled.map(({ name }) => name).join(' or ')}: ECS refused the task for an hour, or the schedule's role may not start it. CloudTrail has the RunTask calls with their errors.`,
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
      metric: {
        namespace: 'AWS/Scheduler',
        name: 'InvocationDroppedCount',
        dimensions: { ScheduleGroup: physicalName(naming, '') },
        statistic: 'Sum',
      },
    },
  };
}
