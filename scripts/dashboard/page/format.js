/** @import { Change } from '../../release/changes.ts' */
/** @import { Status } from '../../release/status.ts' */

const numbers = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** Of releases that style.css has colours for. */
const colours = 6;

/** @param {number | null | undefined} value */
export function number(value) {
  return value === null || value === undefined ? '–' : numbers.format(value);
}

/** @param {number} milliseconds since the epoch */
export function time(milliseconds) {
  return clock.format(milliseconds);
}

/** @param {number} milliseconds since the epoch */
export function shortTime(milliseconds) {
  return shortClock.format(milliseconds);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/**
 * `3 min ago`
 *
 * @param {string} at ISO 8601
 * @param {number} now milliseconds since the epoch
 */
export function ago(at, now) {
  return `${duration(Math.max(0, now - Date.parse(at)) / 1000)} ago`;
}

/**
 * What each point of a chart is.
 *
 * @param {string} statistic
 * @param {number} periodSeconds
 */
export function sayStatistic(statistic, periodSeconds) {
  const period = periodSeconds === 60 ? 'minute' : `${duration(periodSeconds)}`;
  /** @type {Readonly<Record<string, string>>} */
  const words = {
    Sum: `sum per ${period}`,
    Average: `average of each ${period}`,
    Minimum: `lowest of each ${period}`,
    Maximum: `highest of each ${period}`,
  };
  return words[statistic] ?? `${statistic} of each ${period}`;
}

/**
 * A colour for each version, the same everywhere on the page: class names of style.css.
 *
 * @param {readonly Change[]} changes latest first
 * @param {Status['runs']} runs
 * @returns {(version: string) => number}
 */
export function colourOf(changes, runs) {
  const recorded = changes.filter(({ kind }) => kind === 'release').map(({ what }) => what);
  const running =
    'value' in runs && runs.value !== null
      ? runs.value.processes.flatMap(({ releases }) => releases.map(({ version, digest }) => version ?? digest))
      : [];
  const known = [...new Set([...recorded.toReversed(), ...running])];
  return (version) => Math.max(0, known.indexOf(version)) % colours;
}
