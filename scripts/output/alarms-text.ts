import type { AlarmState } from '../release/alarm-states.ts';
import type { Paint, Style } from './paint.ts';
import { renderTable } from './table.ts';

const styles: Readonly<Record<AlarmState['state'], Style>> = {
  firing: 'red',
  'not firing': 'green',
  'no data': 'yellow',
  'not here': 'dim',
};

/** One line for each alarm: those that fire first, then those that cannot tell. */
export function renderAlarms(alarms: readonly AlarmState[], paint: Paint, width?: number): string {
  const sorted = alarms.toSorted((a, b) => rank(a.state) - rank(b.state));
  const rows = sorted.map(({ name, state, condition, since, because, guards }) => [
    name,
    paint(styles[state], state),
    [
      condition,
      ...(since === undefined ? [] : [`since ${since.slice(0, 19)}Z`]),
      ...(because === undefined ? [] : [because]),
      ...(guards.length === 0 ? [] : [`ends a rollout of ${guards.join(', ')}`]),
    ].join('; '),
  ]);
  const runbooks = sorted.flatMap(({ name, state, runbook }) =>
    state === 'firing' && runbook !== undefined ? [`${name}: ${runbook}`] : [],
  );
  return [
    ...renderTable(['ALARM', 'STATE', 'FIRES WHEN'], rows, paint, width),
    ...(runbooks.length === 0 ? [] : ['', 'What to do:', ...runbooks.map((line) => `  ${line}`)]),
  ].join('\n');
}

const order: readonly AlarmState['state'][] = ['firing', 'no data', 'not firing', 'not here'];

function rank(state: AlarmState['state']): number {
  return order.indexOf(state);
}
