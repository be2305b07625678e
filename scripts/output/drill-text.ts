import { type DrillResult, findingLines } from '../drill/run-drills.ts';
import type { UnfiredAlarm } from '../drill/unfired.ts';
import { formatSeconds } from '../messages/duration.ts';

const marks = { kept: '✓', broken: '✗', failed: '✗', 'not run': '–' } as const;

/** Each drill with its verdict, and each promise with what was seen; then the alarms that no drill makes fire. */
export function renderDrills(results: readonly DrillResult[], unfired: readonly UnfiredAlarm[] = []): string {
  const drilled = renderResults(results);
  if (unfired.length === 0) return drilled;
  const lines = unfired.map(({ name, because }) => `    ${name}: ${because}`);
  return [drilled, '', 'Alarms that no drill makes fire:', ...lines].join('\n');
}

function renderResults(results: readonly DrillResult[]): string {
  return results
    .map((result) => {
      const mark = marks[result.outcome];
      if (result.outcome === 'not run') return `${mark} ${result.name}: not run, because ${result.because}`;
      if (!('findings' in result)) return `${mark} ${result.name}: could not be carried out: ${result.because}`;
      const { name, outcome, requests, seconds, sabotage } = result;
      const weakened = sabotage === undefined ? [] : [`    sabotage: ${sabotage}`];
      const lines = findingLines(result).map((line) => `    ${line}`);
      return [
        `${mark} ${name}: promise ${outcome} (${requests} requests, ${formatSeconds(seconds)})`,
        ...weakened,
        ...lines,
      ].join('\n');
    })
    .join('\n');
}
