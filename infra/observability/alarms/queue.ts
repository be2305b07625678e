import type { RunningProcess } from '../../compute/services.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Alarms } from '../alarm.ts';
import { appMetric } from './service.ts';

interface QueueAlarmArgs {
  readonly settings: Settings;
  readonly services: readonly RunningProcess[];
}

/** Jobs that wait, and jobs that failed for good, of each process that takes some. */
export function queueAlarms({ settings, services }: QueueAlarmArgs): Alarms {
  return Object.assign({}, ...services.map((process) => alarmsOf(process, settings)));
}

function alarmsOf({ name, prefix, sizes }: RunningProcess, settings: Settings): Alarms {
  const target = sizes.queueAgeTargetSeconds;
  if (target === undefined) return {};
  // The first queue was that of `worker`, and alarms keep their names.
  const own = name === 'worker' ? '' : `${name}-`;
  return {
    [`${own}queue-age`]: {
      runbook: 'jobs-wait-or-are-given-up',
      reason: 'Autoscaling evaluates three minutes and a task takes about two to start, so it is not a burst.',
      description: `The oldest job of ${name} has waited ten times queueAgeTargetSeconds: autoscaling is at ${prefix}MaxCount, jobs hang, or Valkey is unavailable.`,
      metric: appMetric(settings, name, 'QueueAgeSeconds', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      threshold: 10 * target,
      periodSeconds: 60,
      periods: 5,
      missingData: 'notBreaching',
    },
    [`${own}queue-dead-jobs`]: {
      runbook: 'jobs-wait-or-are-given-up',
      reason: 'Somebody was promised each of them.',
      description: `A job of ${name} used up its attempts and will not run again by itself. Look for its last error in the log of ${name}.`,
      metric: appMetric(settings, name, 'DeadJobs', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      periodSeconds: 300,
      periods: 1,
      missingData: 'notBreaching',
    },
  };
}
