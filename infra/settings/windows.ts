/** `hh:mm-hh:mm`: every day. */
export const dailyWindow = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
/** `ddd:hh:mm-ddd:hh:mm`: once a week. */
export const weeklyWindow =
  /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/;

const minutesPerDay = 24 * 60;

/** `hh:mm` as minutes since midnight. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function timeOf(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60) % 24, minutes % 60];
  return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}

/** Start and end of a daily or weekly window, as minutes since midnight. */
function edgesOf(window: string): readonly [start: number, end: number] {
  const [start = 0, end = 0] = window.split('-').map((side) => minutesOf(side.slice(-5)));
  return [start, end];
}

/** The minutes of the day that a window covers. */
function minutesIn(window: string): ReadonlySet<number> {
  const [start, end] = edgesOf(window);
  const length = (end - start + minutesPerDay) % minutesPerDay;
  return new Set(Array.from({ length }, (_, minute) => (start + minute) % minutesPerDay));
}

/** Whether a weekly window overlaps a daily one, on whatever day: RDS and ElastiCache reject that. */
export function windowsOverlap(daily: string, weekly: string): boolean {
  const taken = minutesIn(daily);
  return [...minutesIn(weekly)].some((minute) => taken.has(minute));
}

export function windowMinutes(window: string): number {
  return minutesIn(window).size;
}

/** The same start with another length; for a weekly window, on the same days or into the next one. */
export function lengthened(window: string, minutes: number): string {
  const [start] = edgesOf(window);
  const end = start + minutes;
  return weeklyWindow.test(window) ? weekly(window.slice(0, 3), start, end) : `${timeOf(start)}-${timeOf(end)}`;
}

/** A window on Sunday that starts when a daily one ends. */
export function sundayAfter(daily: string, minutes: number): string {
  const [, end] = edgesOf(daily);
  return weekly('sun', end, end + minutes);
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function weekly(day: string, start: number, end: number): string {
  const next = end < minutesPerDay ? day : days[(days.indexOf(day) + 1) % days.length];
  return `${day}:${timeOf(start)}-${next}:${timeOf(end)}`;
}
