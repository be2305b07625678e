import type { Evidence, Mark } from './evidence.ts';
import { type Band, percentile } from './promise.ts';

/** What happened within one second of a drill, by when its requests were due. */
export interface Second {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds, of all requests that ended; `null` without any. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** Requests by the release that answered, of those that ask for it. */
  readonly versions: Readonly<Record<string, number>>;
}

/** A drill in a few numbers for each second, for the report and `--json`. */
export interface Timeline {
  readonly seconds: readonly Second[];
  readonly marks: readonly Mark[];
  /** When the promise allows requests to fail. */
  readonly allowed: readonly Band[];
  /** Tasks that were ready, by service, at the moments when the engine was asked. */
  readonly ready: Readonly<
    Record<string, readonly { readonly at: number; readonly ready: number; readonly desired: number }[]>
  >;
}

export function timelineOf({ sent, marks, samples, seconds }: Evidence, allowed: readonly Band[]): Timeline {
  const count = Math.max(1, Math.ceil(seconds));
  const groups = Array.from({ length: count }, () => [] as Evidence['sent'][number][]);
  for (const one of sent) groups[Math.min(count - 1, Math.floor(one.dueAt / 1000))]?.push(one);
  const ready: Record<string, { at: number; ready: number; desired: number }[]> = {};
  for (const { at, services } of samples) {
    for (const service of services) {
      const points = ready[service.name] ?? [];
      ready[service.name] = points;
      points.push({ at: Math.round(at), ready: service.ready, desired: service.desired });
    }
  }
  return {
    seconds: groups.map((group) => {
      const latencies = group.map(({ latencyMs }) => latencyMs);
      const versions: Record<string, number> = {};
      for (const { version } of group) if (version !== undefined) versions[version] = (versions[version] ?? 0) + 1;
      return {
        requests: group.length,
        failed: group.filter(({ failure }) => failure !== undefined).length,
        p50: rounded(percentile(latencies, 0.5)),
        p99: rounded(percentile(latencies, 0.99)),
        versions,
      };
    }),
    marks: marks.map((mark) => ({ ...mark, at: Math.round(mark.at) })),
    allowed: allowed.map(({ from, to }) => ({ from: Math.round(from), to: Math.round(to) })),
    ready,
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10;
}
