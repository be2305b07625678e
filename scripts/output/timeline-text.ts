import { type Phase, phaseNames, type Timeline, type Timelines } from '../../infra/contract/timeline.ts';
import { formatSeconds } from '../messages/duration.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** `9.0 s`, or `≤ 1 min 9 s` */
export function sayDone({ seconds, atMost }: Timeline): string {
  return limited(seconds, atMost);
}

/** `; longestRequestSeconds costs most: 25.0 s`; empty where no setting decides anything. */
export function sayCostliest({ costliest }: Timeline): string {
  return costliest === undefined ? '' : `; ${costliest.setting} costs most: ${formatSeconds(costliest.seconds)}`;
}

/** Phase by phase: here, on AWS where that is elsewhere, and with the defaults of ECS and ALB. */
export function timelineLines(
  { here, aws }: { readonly here: Timelines; readonly aws?: Timelines },
  paint: Paint,
  width?: number,
): readonly string[] {
  const { defaults } = aws ?? here;
  const columns: readonly (readonly [string, Timeline])[] = [
    ...(aws === undefined
      ? ([
          ['ROLLOUT', here.rollout],
          ['ROLLBACK', here.rollback],
        ] as const)
      : ([
          ['HERE', here.rollout],
          ['ROLLOUT ON AWS', aws.rollout],
          ['ROLLBACK ON AWS', aws.rollback],
        ] as const)),
    ...(defaults === undefined ? [] : ([['DEFAULTS OF ECS AND ALB', defaults]] as const)),
  ];
  const settled = (aws ?? here).rollout;
  const row = (name: string, cell: (timeline: Timeline) => string, basis: string) => [
    name,
    ...columns.map(([, timeline]) => cell(timeline)),
    basis,
  ];
  const rows = [
    ...phaseNames
      .filter((name) => columns.some(([, { phases }]) => phases.some((phase) => phase.name === name)))
      .map((name) => row(name, (timeline) => cellOf(phaseOf(timeline, name)), basisOf(phaseOf(settled, name)))),
    row('serves after', ({ servesAfterSeconds, atMost }) => limited(servesAfterSeconds, atMost), ''),
    row('done after', ({ seconds, atMost }) => limited(seconds, atMost), ''),
  ];
  const { costliest } = settled;
  return [
    ...renderTable(['PHASE', ...columns.map(([heading]) => heading), 'DECIDED BY'], rows, paint, width),
    ...(costliest === undefined
      ? []
      : [`The setting that costs most is ${costliest.setting}: ${formatSeconds(costliest.seconds)}.`]),
    ...(here.rollout.phases.some(({ name }) => name === 'bake') && aws !== undefined
      ? ['Here, old tasks end while Swarm watches the new ones: drain, stop and bake overlap.']
      : []),
  ];
}

function phaseOf({ phases }: Timeline, name: Phase['name']): Phase | undefined {
  return phases.find((phase) => phase.name === name);
}

function cellOf(phase: Phase | undefined): string {
  return phase === undefined ? '–' : limited(phase.seconds, phase.basis === 'limit');
}

function limited(seconds: number, atMost: boolean): string {
  return `${atMost ? '≤ ' : ''}${formatSeconds(seconds)}`;
}

function basisOf(phase: Phase | undefined): string {
  if (phase === undefined) return '';
  if (phase.basis === 'measured') return 'measured here';
  return phase.setting ?? 'the platform';
}
