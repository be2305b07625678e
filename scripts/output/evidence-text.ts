import { shortCommit } from '../messages/commit.ts';
import type { Evidence, EvidencePlace } from '../release/evidence.ts';
import type { Paint } from './paint.ts';

/** Evidence for people: where a release was verified, by whom, and who approved it. */
export function renderEvidence({ release, places, approvals, limits, madeAt, madeBy }: Evidence, paint: Paint): string {
  return [
    paint('bold', `${release.version}, commit ${shortCommit(release.commit)}`),
    `  ${release.digest}`,
    `  evidence of ${madeAt}, made by ${madeBy}`,
    ...places.flatMap((place) => ['', ...linesOf(place, paint)]),
    '',
    paint('bold', 'approvals'),
    ...('unknown' in approvals
      ? [paint('yellow', `  not known: ${approvals.unknown}`)]
      : approvals.value.length === 0
        ? ['  none was asked for']
        : approvals.value.map(({ by, state, environment }) => `  ${environment}: ${state} by ${by}`)),
    '',
    paint('bold', 'what this does not prove'),
    ...limits.map((line) => `  ${line}`),
  ].join('\n');
}

function linesOf({ environment, target, attempts, runs }: EvidencePlace, paint: Paint): readonly string[] {
  const running =
    'unknown' in runs ? `not known whether it runs: ${runs.unknown}` : runs.value ? 'runs' : 'does not run';
  const heading = `${paint('bold', environment)} on ${target}: ${running}`;
  if ('unknown' in attempts) return [heading, paint('yellow', `  not known: ${attempts.unknown}`)];
  if (attempts.value.length === 0) return [heading, '  it was never tried there'];
  return [
    heading,
    ...attempts.value.flatMap(({ action, outcome, by, endedAt, verification, accepted, reason }) => [
      `  ${endedAt} ${action} by ${by}: ${outcome}${reason === undefined ? '' : `, ${reason}`}`,
      ...(verification?.checks.map(({ name, passed, detail }) => `    ${passed ? '✓' : '✗'} ${name}: ${detail}`) ?? []),
      ...(verification?.notChecked?.map(({ name, why }) => `    not checked: ${name}, ${why}`) ?? []),
      ...(accepted === undefined ? [] : [`    accepted: ${JSON.stringify(accepted)}`]),
    ]),
  ];
}
