import { ScheduledAction } from '@pulumi/aws/appautoscaling/scheduledAction.js';
import type { Target } from '@pulumi/aws/appautoscaling/target.js';
import type * as pulumi from '@pulumi/pulumi';
import type { NightlyStop } from '../settings/settings.ts';

export interface NightlyStopArgs {
  readonly stop: NightlyStop;
  readonly target: Target;
  /** Capacity during the day. */
  readonly desiredCount: number;
  readonly maxCount: number;
}

/** Scales a service to zero every evening, and back up on weekday mornings. */
export function stopAtNight(name: string, args: NightlyStopArgs, parent: pulumi.Resource): void {
  const { stop, target, desiredCount, maxCount } = args;
  const at = (what: string, schedule: string, minCapacity: number, maxCapacity: number) =>
    new ScheduledAction(
      `${name}-${what}`,
      {
        name: `${name}-${what}`,
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        schedule,
        timezone: stop.timezone,
        scalableTargetAction: { minCapacity, maxCapacity },
      },
      { parent },
    );
  at('stop', cron(stop.from, '*'), 0, 0);
  at('start', cron(stop.until, 'MON-FRI'), desiredCount, maxCount);
}

/** https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html */
function cron(time: string, weekdays: string): string {
  const [hours, minutes] = time.split(':').map(Number);
  return `cron(${minutes} ${hours} ? * ${weekdays} *)`;
}
