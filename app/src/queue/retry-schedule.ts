/** How long to wait after each attempt that failed, in seconds. After the last of them the job is given up. */
export type RetrySchedule = readonly number[];

/**
 * For what we do ourselves: mails, and whatever needs the database. It outlasts a failover, a rollout, and a provider that
 * has a bad quarter of an hour; a person hears of it soon enough to act.
 */
export const ownRetries: RetrySchedule = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/**
 * For receivers of webhooks: the schedule that Standard Webhooks gives as its example, over three days.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 * Stripe retries for up to three days (https://docs.stripe.com/webhooks#retries), Svix for 27 h 35 min 5 s
 * (https://docs.svix.com/retries); GitHub leaves retries to the owner.
 */
export const webhookRetries: RetrySchedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** Each wait is up to this much longer, by chance, so that what failed together does not come back together. */
export const retryJitter = 0.1;

/**
 * Seconds until the next attempt. `undefined`: there is none.
 * @param attempt how many attempts came before the one that failed
 * @param random from 0 to 1
 */
export function retryDelaySeconds(schedule: RetrySchedule, attempt: number, random: number): number | undefined {
  const delay = schedule[attempt];
  return delay === undefined ? undefined : delay * (1 + retryJitter * random);
}

/** Seconds between the first attempt and the last one, if each fails at once and chance adds nothing. */
export function totalSeconds(schedule: RetrySchedule): number {
  return schedule.reduce((total, delay) => total + delay, 0);
}

/** `75 h 35 min 5 s` */
export function inWords(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count} ${unit}`])).join(' ');
}
