import { parseSeconds } from './duration.ts';
import { UserError } from './user-error.ts';

/** ISO 8601 with its offset from UTC: without one, the same text names another moment on each machine. */
const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * A moment that somebody writes: `2026-12-24T12:00:00Z`, or `10m` for ten minutes before `now`.
 *
 * @param now milliseconds since 1970
 * @returns ISO 8601, UTC. Throws `USAGE`.
 */
export function parseMoment(text: string, now: number): string {
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return new Date(now - seconds * 1000).toISOString();
  const moment = isoPattern.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return new Date(moment).toISOString();
  throw new UserError({
    code: 'USAGE',
    message: `"${text}" is no time.`,
    rule: 'A time has its date and its offset from UTC, or is a duration before now.',
    remedy: 'Write 2026-12-24T12:00:00Z, 2026-12-24T13:00:00+01:00, or 10m.',
  });
}
