import type { Service } from '../../compute/service.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Alarms } from '../alarm.ts';
import { appMetric } from './service.ts';

interface QueueAlarmArgs {
  readonly settings: Settings;
  /** Measures the queue. Absent where the settings have no worker. */
  readonly worker: Service | undefined;
}

/** Jobs that wait, and jobs that failed for good. */
export function queueAlarms({ settings, worker }: QueueAlarmArgs): Alarms {
  const { worker: sizes } = settings;
  if (worker === undefined || sizes === undefined) return {};
  return {
    'queue-age': {
      description:
        'The oldest job has waited ten times queueAgeTargetSeconds: autoscaling is at workerMaxCount, jobs hang, or Valkey is unavailable.',
      metric: appMetric(settings, 'worker', 'QueueAgeSeconds', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      // Autoscaling evaluates three minutes and a task takes about two to start: a wait that is still this long after
      // five minutes is not a burst.
      threshold: 10 * sizes.queueAgeTargetSeconds,
      periodSeconds: 60,
      periods: 5,
      missingData: 'notBreaching',
    },
    'queue-dead-jobs': {
      description:
        'A job used up its attempts and will not run again by itself. Look for its last error in the log of the worker.',
      metric: appMetric(settings, 'worker', 'DeadJobs', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      // Somebody was promised each of them.
      threshold: 0,
      periodSeconds: 300,
      periods: 1,
      missingData: 'notBreaching',
    },
  };
}
