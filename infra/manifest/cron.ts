/** One field of a cron expression. */
interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fields: readonly Field[] = [
  { name: 'minute', first: 0, last: 59, names: [] },
  { name: 'hour', first: 0, last: 23, names: [] },
  { name: 'day of the month', first: 1, last: 31, names: [] },
  { name: 'month', first: 1, last: 12, names: months },
  // 7 is Sunday, too.
  { name: 'day of the week', first: 0, last: 7, names: weekdays },
];

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
const longestExpression = 256;

/**
 * A cron expression of five fields in the form of EventBridge Scheduler, which has six, of which one of the two for days
 * is `?`, and counts weekdays from 1: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @throws an Error that says what is wrong with it, to follow "It must be"
 */
export function eventBridgeCron(expression: string): string {
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== fields.length) {
    throw new Error('five fields: minute, hour, day of the month, month, day of the week, such as 30 3 * * MON-FRI');
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.map((field, index) =>
    render(field, valuesOf(field, texts[index] ?? '')),
  );
  if (day !== '*' && weekday !== '*') {
    throw new Error('* in the day of the month or in the day of the week: EventBridge Scheduler takes one of the two');
  }
  const days = weekday === '*' ? `${day} ${month} ?` : `? ${month} ${weekday}`;
  const whole = `cron(${minute} ${hour} ${days} *)`;
  if (whole.length > longestExpression)
    throw new Error(`shorter than ${longestExpression} characters on AWS: ${whole}`);
  return whole;
}

/** All values that a field stands for, in order. */
function valuesOf(field: Field, text: string): ReadonlySet<number> {
  return new Set(text.split(',').flatMap((part) => rangeOf(field, part)));
}

function rangeOf(field: Field, part: string): readonly number[] {
  const [, whole = '', step = '1'] = /^([^/]+?)(?:\/(\d+))?$/.exec(part) ?? [];
  const [from = '', to] = whole.split('-');
  const every = Number(step);
  const start = whole === '*' ? field.first : numberOf(field, from);
  // `5/15` runs from 5 to the end.
  const open = whole === '*' || (to === undefined && part.includes('/'));
  const end = open ? lastOf(field) : to === undefined ? start : numberOf(field, to);
  if (start === undefined || end === undefined || start > end || !(every >= 1)) {
    throw new Error(
      `made of values from ${field.first} to ${field.last} in the ${field.name}: ${JSON.stringify(part)} is none`,
    );
  }
  return Array.from({ length: Math.floor((end - start) / every) + 1 }, (_, index) => start + index * every).map(
    (value) => (field.names === weekdays ? value % 7 : value),
  );
}

function lastOf({ last, names }: Field): number {
  return names === weekdays ? 6 : last;
}

function numberOf({ first, last, names }: Field, text: string): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  const value = named === -1 ? Number(/^\d{1,2}$/.test(text) ? text : Number.NaN) : named + first;
  return value >= first && value <= last ? value : undefined;
}

/** Runs of three or more as a range. Weekdays and months by their names, whose order nobody can mistake. */
function render(field: Field, values: ReadonlySet<number>): string {
  const last = lastOf(field);
  if (values.size === last - field.first + 1) return '*';
  const sorted = [...values].toSorted((a, b) => a - b);
  const shown = (value: number) => field.names[value - field.first] ?? String(value);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length; ) {
    let end = index;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    const [from = 0, to = 0] = [sorted[index], sorted[end]];
    if (end - index >= 2) parts.push(`${shown(from)}-${shown(to)}`);
    else parts.push(...sorted.slice(index, end + 1).map(shown));
    index = end + 1;
  }
  return parts.join(',');
}
