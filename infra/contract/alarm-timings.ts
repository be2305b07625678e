/** How an alarm that guards a rollout evaluates: it fires when `datapoints` of the last `periods` exceed its threshold. */
interface AlarmTiming {
  readonly periodSeconds: number;
  readonly periods: number;
  readonly datapoints: number;
}

/**
 * Errors are evaluated over three minutes; latency, which a cold cache raises for a while, over five. Shared by the
 * alarms and the contract: an alarm that cannot fire before the bake time ends guards nothing.
 */
export const rollbackAlarmTimings = Object.freeze({
  errors: { periodSeconds: 60, periods: 3, datapoints: 2 },
  latency: { periodSeconds: 60, periods: 5, datapoints: 3 },
}) satisfies Readonly<Record<string, AlarmTiming>>;

const timings: readonly AlarmTiming[] = Object.values(rollbackAlarmTimings);

/** Seconds until the slowest alarm can fire at all. */
export const secondsToAlarm = Math.max(...timings.map(({ periodSeconds, datapoints }) => periodSeconds * datapoints));

/** Seconds that the slowest alarm looks back. After that it sees the new release alone. */
export const alarmEvaluationSeconds = Math.max(...timings.map(({ periodSeconds, periods }) => periodSeconds * periods));
