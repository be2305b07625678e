import uPlot from 'uplot';
import { number, shortTime, time } from './format.js';

/** @import { Change } from '../../release/changes.ts' */
/** @import { Chart, ChartFigures, TimeRange } from '../../release/dashboard.ts' */

const height = 168;
/** Lines that style.css has colours for. */
const colours = 6;
/**
 * A threshold is shown where the figures reach this part of it, because otherwise it would press them flat, and where it
 * is this part of them, because a line along the axis says nothing.
 */
const nearThreshold = { figures: 0.3, threshold: 0.04 };
const narrowestMark = 2;

/** One chart of the program, drawn by uPlot into an element that stays. */
export class ChartView {
  #element;
  #chart;
  #plot = /** @type {uPlot | undefined} */ (undefined);
  #data = /** @type {uPlot.AlignedData} */ ([[]]);
  #changes = /** @type {readonly Change[]} */ ([]);
  #whole = false;

  /**
   * @param {HTMLElement} element
   * @param {Chart} chart
   */
  constructor(element, chart) {
    this.#element = element;
    this.#chart = chart;
    new ResizeObserver(() => this.#fit()).observe(element);
    // Colours are read when a plot is made.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /**
   * @param {TimeRange} range
   * @param {ChartFigures} figures
   * @param {readonly Change[]} changes
   */
  show({ from, to, step }, figures, changes) {
    const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
    this.#data = [times, ...figures.map((line) => [...line])];
    this.#changes = changes;
    const values = figures.flat().filter((value) => value !== null);
    this.#whole = values.every(Number.isInteger);
    if (this.#plot === undefined) this.#draw();
    else this.#plot.setData(this.#data);
    this.#showLatest();
  }

  #draw() {
    this.#plot?.destroy();
    this.#element.replaceChildren();
    this.#plot = new uPlot(this.#options(), this.#data, this.#element);
    this.#showLatest();
  }

  #fit() {
    const { clientWidth: width } = this.#element;
    if (this.#plot !== undefined && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height });
  }

  /** The legend has the figures under the pointer; without one, the latest that there are. */
  #showLatest() {
    const plot = this.#plot;
    if (plot === undefined || (plot.cursor.left ?? -1) >= 0) return;
    const [times, ...lines] = this.#data;
    const last = times.findLastIndex((_, index) => lines.some((line) => typeof line[index] === 'number'));
    plot.setLegend({ idx: last < 0 ? times.length - 1 : last }, false);
  }

  /** @returns {uPlot.Options} */
  #options() {
    const style = getComputedStyle(this.#element);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`);
    const font = `11px ${style.fontFamily}`;
    const axis = { stroke: colour('quiet'), font, grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
    return {
      width: this.#element.clientWidth || 300,
      height,
      padding: [10, 12, 0, 0],
      cursor: { sync: { key: 'dashboard' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, this.#top(max)] } },
      axes: [
        {
          ...axis,
          size: 26,
          space: 64,
          values: (_plot, splits) => splits.map((seconds) => shortTime(seconds * 1000)),
        },
        {
          ...axis,
          size: 44,
          space: 32,
          ...(this.#whole ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000] } : {}),
          values: (_plot, splits) => splits.map(number),
        },
      ],
      series: [
        { label: 'time', value: (_plot, seconds) => (seconds === null ? '–' : time(seconds * 1000)) },
        ...this.#chart.lines.map((label, index) => ({
          label,
          stroke: colour(`line-${index % colours}`),
          width: 1.6,
          points: { show: false },
          value: (/** @type {uPlot} */ _plot, /** @type {number | null} */ value) => number(value),
        })),
      ],
      hooks: {
        drawClear: [(plot) => this.#drawChanges(plot, colour)],
        draw: [(plot) => this.#drawThresholds(plot, colour('bad'), font)],
        setCursor: [() => this.#showLatest()],
      },
    };
  }

  /** @param {number | null} highest */
  #top(highest) {
    const top = highest === null || highest <= 0 ? 1 : highest * 1.12;
    const near = this.#chart.thresholds
      .map(({ value }) => value)
      .filter((value) => top >= value * nearThreshold.figures);
    return Math.max(top, ...near.map((value) => value * 1.2));
  }

  /**
   * Behind the lines: a band for each release from its start to its end, a thin line for everything else.
   *
   * @param {uPlot} plot
   * @param {(name: string) => string} colour
   */
  #drawChanges(plot, colour) {
    const { ctx, bbox } = plot;
    const { min = 0, max = 0 } = plot.scales['x'] ?? {};
    ctx.save();
    for (const { kind, outcome, at, seconds } of this.#changes) {
      const from = Date.parse(at) / 1000;
      const end = outcome === 'started' ? Date.now() / 1000 : from + seconds;
      if (end < min || from > max) continue;
      const left = plot.valToPos(Math.max(from, min), 'x', true);
      const right = plot.valToPos(Math.min(end, max), 'x', true);
      ctx.fillStyle = colour(kind === 'operation' ? 'quiet' : bandOf(outcome));
      ctx.globalAlpha = kind === 'operation' ? 0.5 : 0.35;
      const width = kind === 'operation' ? 1 : Math.max(narrowestMark, right - left);
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    ctx.restore();
  }

  /**
   * @param {uPlot} plot
   * @param {string} stroke
   * @param {string} font
   */
  #drawThresholds(plot, stroke, font) {
    const { ctx, bbox } = plot;
    const { max = 0 } = plot.scales['y'] ?? {};
    ctx.save();
    ctx.strokeStyle = stroke;
    ctx.fillStyle = stroke;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = font.replace(/^\d+/, (size) => `${Number(size) * devicePixelRatio}`);
    ctx.textAlign = 'right';
    for (const [value, alarms] of Map.groupBy(this.#chart.thresholds, (threshold) => threshold.value)) {
      if (max === null || value > max || value < max * nearThreshold.threshold) continue;
      const y = plot.valToPos(value, 'y', true);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.fillText(alarms.map(({ alarm }) => alarm).join(', '), bbox.left + bbox.width, y - 5 * devicePixelRatio);
    }
    ctx.restore();
  }
}

/** @param {string} outcome */
export function bandOf(outcome) {
  if (outcome === 'good' || outcome === 'done') return 'good';
  return outcome === 'failed' || outcome === 'rolled-back' ? 'bad' : 'warn';
}
