const minutesPerDay = 24 * 60;

/** `hh:mm` as minutes of the day. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The times of day of a window, such as `02:00-03:00` or `sun:03:30-sun:04:30`. */
function minutesIn(window: string): ReadonlySet<number> {
  const [start = 0, end = 0] = window.split('-').map((side) => minutesOf(side.slice(-5)));
  const length = (end - start + minutesPerDay) % minutesPerDay;
  return new Set(Array.from({ length }, (_, minute) => (start + minute) % minutesPerDay));
}

/** RDS refuses windows that overlap; the one for backups is on every day. */
export function windowsOverlap(daily: string, weekly: string): boolean {
  const backups = minutesIn(daily);
  return [...minutesIn(weekly)].some((minute) => backups.has(minute));
}

/** RDS takes no window shorter than half an hour. */
export function windowMinutes(window: string): number {
  return minutesIn(window).size;
}
