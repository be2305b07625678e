/** `@daily` and the like, as https://aws.github.io/copilot-cli/docs/manifest/scheduled-job/ lists them. */
const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** A schedule of Copilot in the five fields of cron; `undefined`: there are no five fields that say the same. */
export function cronOf(schedule: string): string | undefined {
  const text = schedule.trim();
  if (text in named) return named[text];
  const [, hours, minutes] = /^@every (?:(\d+)h)?(?:(\d+)m)?(?:0s)?$/.exec(text) ?? [];
  if (hours !== undefined || minutes !== undefined) return everyMinutes(Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text) ?? [];
  if (count !== undefined) return everyMinutes(Number(count) * (unit === 'minute' ? 1 : unit === 'hour' ? 60 : 1440));
  const [, fields] = /^cron\((.+)\)$/.exec(text) ?? [];
  if (fields !== undefined) return fiveOf(fields.trim().split(/\s+/));
  return text.split(/\s+/).length === 5 ? text : undefined;
}

/** Cron knows intervals only that divide the hour or the day. */
function everyMinutes(minutes: number): string | undefined {
  if (minutes === 1440) return '0 0 * * *';
  if (minutes === 60) return '0 * * * *';
  if (minutes > 0 && minutes < 60 && 60 % minutes === 0) return minutes === 1 ? '* * * * *' : `*/${minutes} * * * *`;
  const hours = minutes / 60;
  return Number.isInteger(hours) && hours > 0 && 24 % hours === 0 ? `0 */${hours} * * *` : undefined;
}

/** EventBridge has a year, and counts weekdays from 1, on Sunday. */
function fiveOf(fields: readonly string[]): string | undefined {
  const [minute = '', hour = '', day = '', month = '', weekday = '', year] = fields;
  if (fields.length !== 6 || year !== '*' || /[LW#]/.test(`${day}${weekday.replaceAll(/[A-Z]{3}/g, '')}`))
    return undefined;
  const days = weekday.replaceAll(/(?<!\/)\d/g, (digit) => String(Number(digit) - 1));
  return [minute, hour, day === '?' ? '*' : day, month, days === '?' ? '*' : days].join(' ');
}
