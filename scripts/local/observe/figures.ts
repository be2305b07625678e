import { z } from 'zod';
import { stackCommand } from '../../messages/next-command.ts';
import { UserError } from '../../messages/user-error.ts';
import type { ChartFigures, Figures, Panel, TimeRange } from '../../release/dashboard.ts';
import { known } from '../../release/known.ts';
import { prometheusPortOf } from '../alarms/read.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import type { Widget } from '../translate/dashboard.ts';
import { expressionOf, type Measured } from '../translate/metrics.ts';

/** Prometheus cuts its own queries after two minutes; a page that waits so long is of no use. */
const queryTimeoutMs = 10_000;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

/**
 * The program's dashboard with figures of the environment's Prometheus.
 *
 * @param address of Prometheus, `http://127.0.0.1:9090`; asked for at each reading, because it may change
 */
export function figuresOf(widgets: readonly Widget[], measured: Measured, address: () => Promise<string>): Figures {
  const charts = widgets.filter((widget) => widget.kind === 'chart');
  return {
    panels: widgets.map(panelOf),
    read: async (range) => {
      const base = await known(address);
      if ('unknown' in base) return charts.map(() => base);
      return Promise.all(
        charts.map((chart) =>
          known(() => Promise.all(chart.lines.map(({ metric }) => readLine(base.value, metric, measured, range)))),
        ),
      );
    },
  };
}

/** Of an environment's Prometheus, on this machine. Rejects with `METRICS_UNREADABLE` where it does not run. */
export async function addressOf(docker: Docker, place: Place): Promise<string> {
  const port = await prometheusPortOf(docker, place);
  if (port !== undefined) return `http://127.0.0.1:${port}`;
  throw new UserError({
    code: 'METRICS_UNREADABLE',
    message: `The Prometheus of ${place.environment} does not run.`,
    remedy: `\`${stackCommand('local', 'alarms', 'on', place.environment)}\` starts it.`,
  });
}

function panelOf(widget: Widget): Panel {
  return widget.kind === 'chart' ? { ...widget, lines: widget.lines.map(({ label }) => label) } : widget;
}

async function readLine(
  base: string,
  metric: Parameters<typeof expressionOf>[0],
  measured: Measured,
  { from, to, step }: TimeRange,
): Promise<ChartFigures[number]> {
  // A point stands for all that happened since the one before it.
  const periodSeconds = Math.max(metric.periodSeconds, step);
  const found = expressionOf({ ...metric, periodSeconds }, measured);
  if ('nothing' in found) return [];
  const query = new URLSearchParams({ query: found.promql, start: `${from}`, end: `${to}`, step: `${step}` });
  const text = await ask(`${base}/api/v1/query_range?${query}`);
  const answer = answerSchema.safeParse(text);
  if (!answer.success) throw unreadable(JSON.stringify(text).slice(0, 300));
  const points: (number | null)[] = Array.from({ length: Math.floor((to - from) / step) + 1 }, () => null);
  for (const [at, value] of answer.data.data.result[0]?.values ?? []) {
    const number = Number(value);
    const index = Math.round((at - from) / step);
    if (Number.isFinite(number) && index >= 0 && index < points.length) points[index] = number;
  }
  return points;
}

async function ask(address: string): Promise<unknown> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(queryTimeoutMs) });
    return await response.json();
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(why: string, cause?: unknown): UserError {
  return new UserError({
    code: 'METRICS_UNREADABLE',
    message: `Prometheus did not answer the query of a chart: ${why}.`,
    cause,
  });
}
