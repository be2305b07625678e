import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import type { Timeline } from '../timeline.ts';
import { escaped } from './text.ts';

/** Of the text in a picture, in its own units: the picture is shown unscaled, once for each width. */
const margin = { left: 44, right: 12, top: 24 };
/** Of one row of mark numbers, and how much room a number needs beside the next one. */
const markRow = { height: 14, room: 20 };
/** Half the width of a character of a tick, in the picture's units. */
const halfCharacter = 3.3;
const panelGap = 30;
/** Of the first panel, above the highest bar: where the band is seen. */
const headroom = 1.2;
const panelHeights = { requests: 78, latency: 70, tasks: 48, versions: 20 };
const axisHeight = 26;
/** Colours that style.ts has for releases. */
export const versionColours = 6;

/** Releases that answered, in the order in which they did. */
export function versionsIn({ seconds }: Timeline): readonly string[] {
  return [...new Set(seconds.flatMap(({ versions }) => Object.keys(versions)))];
}

/**
 * A drill over time: requests and failures, latency, ready tasks and the releases that answered, with the marks through
 * all of them, and the time in which the promise allows failures as a band.
 *
 * @param width in pixels
 */
export function drawTimeline(timeline: Timeline, width: number, title: string): string {
  const { seconds, marks, allowed } = timeline;
  const lastReady = Math.max(0, ...Object.values(timeline.ready).flatMap((points) => points.map(({ at }) => at)));
  const end = Math.max(seconds.length, Math.ceil(lastReady / 1000), 1);
  const x = scaleLinear([0, end], [margin.left, width - margin.right]);
  const versions = versionsIn(timeline);
  const parts: string[] = [];
  const names: string[] = [];
  const numbers = marks.map(({ at }) => x(at / 1000));
  const rows = rowsOf(numbers);
  const numbersEnd = markRow.height * Math.max(1, ...rows.map((row) => row + 1));
  let top = margin.top + numbersEnd;
  const panel = (name: string, height: number, body: (top: number, bottom: number) => readonly string[]) => {
    names.push(`<text class="name" x="${margin.left}" y="${top - 6}">${escaped(name)}</text>`);
    parts.push(...body(top, top + height));
    top += height + panelGap;
  };
  panel(
    allowed.length === 0 ? 'requests/s: failed red' : 'requests/s: failed red, allowed as band',
    panelHeights.requests,
    (from, to) => [...bands(timeline, x, from, to, end), ...requests(timeline, x, from, to)],
  );
  panel('latency in ms: p50, p99', panelHeights.latency, (from, to) => [
    ...bands(timeline, x, from, to, end),
    ...latency(timeline, x, from, to),
  ]);
  const services = Object.keys(timeline.ready);
  if (services.length > 0) {
    panel('ready tasks', panelHeights.tasks, (from, to) => tasks(timeline, x, from, to));
  }
  if (versions.length > 0) {
    panel('releases that answered', panelHeights.versions, (from, to) => releases(timeline, versions, x, from, to));
  }
  const bottom = top - panelGap;
  const height = bottom + axisHeight;
  const ticks = x.ticks(Math.max(3, Math.floor(width / 90)));
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    ...parts,
    ...numbers.map((at, index) => markLine(at, markRow.height * ((rows[index] ?? 0) + 1), bottom)),
    // Text is drawn after what it must not be crossed by.
    ...names,
    ...numbers.map((at, index) => markNumber(at, markRow.height * (rows[index] ?? 0) + 10, index + 1)),
    ...ticks.map((tick) => {
      const inside = Math.min(x(tick), width - halfCharacter * `${tick} s`.length);
      return `<text class="tick" x="${inside.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${tick} s</text>`;
    }),
    '</svg>',
  ].join('\n');
}

type Scale = ScaleContinuousNumeric<number, number>;

function bands({ allowed }: Timeline, x: Scale, top: number, bottom: number, end: number): readonly string[] {
  return allowed.map(({ from, to }) => {
    const [left, right] = [x(from / 1000), x(Math.min(end, to / 1000))];
    return `<rect class="band" x="${left.toFixed(1)}" y="${top}" width="${Math.max(0, right - left).toFixed(1)}" height="${bottom - top}"/>`;
  });
}

function requests({ seconds }: Timeline, x: Scale, top: number, bottom: number): readonly string[] {
  const most = Math.max(1, ...seconds.map((second) => second.requests));
  const y = scaleLinear([0, most * headroom], [bottom, top]);
  const width = Math.max(0.6, x(1) - x(0) - 0.6);
  const bar = (index: number, from: number, to: number, kind: string) =>
    to <= from
      ? ''
      : `<rect class="${kind}" x="${x(index).toFixed(1)}" y="${y(to).toFixed(1)}" width="${width.toFixed(1)}" height="${(y(from) - y(to)).toFixed(1)}"/>`;
  return [
    ...grid(
      y,
      y.ticks(3).filter((tick) => tick <= most),
      x,
      (value) => String(value),
    ),
    ...seconds.map((second, index) => bar(index, 0, second.requests - second.failed, 'answered')),
    ...seconds.map((second, index) => bar(index, second.requests - second.failed, second.requests, 'failed')),
  ];
}

function latency({ seconds }: Timeline, x: Scale, top: number, bottom: number): readonly string[] {
  const values = seconds.flatMap(({ p50, p99 }) => [p50, p99].filter((value) => value !== null));
  const least = Math.max(0.5, Math.min(...values, 1000));
  const most = Math.max(least * 10, ...values);
  const y = scaleLog([least, most], [bottom, top]).nice();
  const draw = (of: 'p50' | 'p99') =>
    line<(typeof seconds)[number]>()
      .defined((second) => second[of] !== null)
      .x((_second, index) => x(index + 0.5))
      .y((second) => y(Math.max(least, second[of] ?? least)))
      .digits(1)([...seconds]) ?? '';
  const powers = y.ticks().filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return [
    ...grid(y, powers, x, (value) => (value >= 1 ? String(Math.round(value)) : String(value))),
    `<path class="p99" d="${draw('p99')}"/>`,
    `<path class="p50" d="${draw('p50')}"/>`,
  ];
}

function tasks({ ready }: Timeline, x: Scale, top: number, bottom: number): readonly string[] {
  const services = Object.entries(ready);
  const most = Math.max(
    1,
    ...services.flatMap(([, points]) => points.map((point) => Math.max(point.ready, point.desired))),
  );
  const y = scaleLinear([0, most], [bottom, top]);
  const levels = Array.from({ length: most + 1 }, (_, level) => level);
  const shown = most > 6 ? y.ticks(3) : levels;
  return [
    ...grid(y, shown, x, (value) => String(value)),
    ...services.map(([, points], index) => {
      // Beside each other where they are equal.
      const shift = index * 2.5;
      const d = line<(typeof points)[number]>()
        .curve(curveStepAfter)
        .x(({ at }) => x(at / 1000))
        .y((point) => y(point.ready) - shift)
        .digits(1)([...points]);
      return `<path class="tasks tasks-${index % 3}" d="${d ?? ''}"/>`;
    }),
  ];
}

function releases(
  { seconds }: Timeline,
  versions: readonly string[],
  x: Scale,
  top: number,
  bottom: number,
): readonly string[] {
  const width = Math.max(0.6, x(1) - x(0));
  return seconds.flatMap((second, index) => {
    const all = Object.values(second.versions).reduce((sum, count) => sum + count, 0);
    let from = top;
    return versions.flatMap((version, number) => {
      const share = all === 0 ? 0 : (second.versions[version] ?? 0) / all;
      if (share === 0) return [];
      const height = share * (bottom - top);
      const y = from;
      from += height;
      return [
        `<rect class="version-${number % versionColours}" x="${x(index).toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"/>`,
      ];
    });
  });
}

function grid(y: Scale, values: readonly number[], x: Scale, text: (value: number) => string): readonly string[] {
  const [left = 0, right = 0] = x.range();
  return values.flatMap((value) => [
    `<line class="grid" x1="${left}" x2="${right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>`,
    `<text class="tick" x="${left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${text(value)}</text>`,
  ]);
}

/** For each number the first row in which it has room beside those before it. @param positions in the order of time */
function rowsOf(positions: readonly number[]): readonly number[] {
  const ends: number[] = [];
  return positions.map((position) => {
    const free = ends.findIndex((end) => position - end >= markRow.room);
    const row = free < 0 ? ends.length : free;
    ends[row] = position;
    return row;
  });
}

/** Its number is above the first panel, and the list below the picture says what it is. */
function markLine(x: number, top: number, bottom: number): string {
  return `<g class="mark"><line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top}" y2="${bottom}"/></g>`;
}

function markNumber(x: number, y: number, number: number): string {
  return `<g class="mark"><text x="${x.toFixed(1)}" y="${y}" text-anchor="middle">${number}</text></g>`;
}
