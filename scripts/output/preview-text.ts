import { shortCommit } from '../messages/commit.ts';
import { sayOutlook } from '../release/rollback-outlook.ts';
import { sayCostChange } from './cost-text.ts';
import type { Paint } from './paint.ts';
import type { PreviewDocument } from './preview-document.ts';
import { renderTable } from './table.ts';
import { sayCostliest, sayDone, timelineLines } from './timeline-text.ts';
import { wrapLine, wrapWords } from './wrap.ts';

/** Replacements and deletions that are listed; `--full` lists them all. */
const mostEnding = 5;

/** The preview on one screen: the totals, and the changes that replace or delete something. */
export function renderPreviewSummary(document: PreviewDocument, paint: Paint, width = 80): string {
  const { release, components, counts, contract, existing, unrealised, timelines, rollback, changes } = document;
  const { cost, costChange } = document;
  const rows: readonly (readonly [string, string])[] = [
    ['release', releaseFacts(release)],
    ['migrations', migrationFacts(release.migrations)],
    ['resources', `${counts.resources} in ${counts.components} components: ${componentFacts(components)}`],
    ...(existing.length === 0
      ? []
      : [
          [
            'existing',
            `${existing.map(({ what, id }) => `${what} ${id}`).join(', ')}: not created, changed or deleted`,
          ] as const,
        ]),
    ['contract', `${contract.checks.length} rules hold`],
    ['cost on AWS', cost],
    ...(costChange === undefined ? [] : [['this change', sayCostChange(costChange)] as const]),
    ['rollout', rolloutFacts(timelines)],
    ...(rollback === undefined ? [] : [['rollback', rollbackFacts(rollback)] as const]),
    ...(unrealised.length === 0
      ? []
      : [['not here', `this target does not realise ${unrealised.length} of what the program declares`] as const]),
    ...(changes === undefined ? [] : [['changes', changeFacts(changes)] as const]),
  ];
  const label = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows.flatMap(([name, facts]) => {
    const [first = '', ...more] = wrapWords(facts, width, ' '.repeat(label));
    return [`${paint('dim', name.padEnd(label))}${first.trimStart()}`, ...more];
  });
  return [...lines, ...endingChanges(changes ?? [], paint)].join('\n');
}

function releaseFacts({ version, commit, pinned }: PreviewDocument['release']): string {
  return `${version}, commit ${shortCommit(commit)}, ${pinned ? 'pinned: not built' : 'built from this work tree, once'}`;
}

/** On AWS is decided what a setting costs. */
function rolloutFacts({ here, aws }: PreviewDocument['timelines']): string {
  if (aws === undefined) return `${sayDone(here.rollout)}${sayCostliest(here.rollout)}`;
  return `${sayDone(here.rollout)} here, ${sayDone(aws.rollout)} on AWS${sayCostliest(aws.rollout)}`;
}

function rollbackFacts({ after, outlook }: NonNullable<PreviewDocument['rollback']>): string {
  return `${after === undefined ? 'now' : `after ${after}`}: ${sayOutlook(outlook)}`;
}

function migrationFacts(migrations: PreviewDocument['release']['migrations']): string {
  const contracts = migrations.filter(({ kind }) => kind === 'contract').map(({ name }) => name);
  const unknown = migrations.filter(({ kind }) => kind === 'unknown').map(({ name }) => name);
  if (unknown.length > 0) return `${migrations.length}, of them unknown: ${unknown.join(', ')}`;
  if (migrations.length === 0) return 'none';
  return `${migrations.length}${contracts.length === 0 ? ', all expand' : `, of them contract: ${contracts.join(', ')}`}`;
}

function componentFacts(components: PreviewDocument['components']): string {
  return components.map(({ name, resources }) => `${name} ${resources.length}`).join(', ');
}

const ends = ['±', '-'];

/** `12 (+ 3, ~ 8, ± 1)`: how many of each kind, by the symbol that a change begins with. */
function changeFacts(changes: readonly string[]): string {
  if (changes.length === 0) return 'none';
  const counts = new Map<string, number>();
  for (const change of changes) counts.set(symbolOf(change), (counts.get(symbolOf(change)) ?? 0) + 1);
  return `${changes.length} (${[...counts].map(([symbol, count]) => `${symbol} ${count}`).join(', ')})`;
}

function symbolOf(change: string): string {
  return change.split(' ')[0] ?? '';
}

function endingChanges(changes: readonly string[], paint: Paint): readonly string[] {
  const ending = changes.filter((change) => ends.includes(symbolOf(change)));
  if (ending.length === 0) return [];
  const more = ending.length - mostEnding;
  return [
    '',
    paint('yellow', 'Replaced or deleted'),
    ...ending.slice(0, mostEnding).map((change) => `  ${change}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** All of it: release, components, numbers and rules of the contract, what the target does not realise. */
export function renderPreview(document: PreviewDocument, paint: Paint, width = Number.POSITIVE_INFINITY): string {
  const { release, components, contract, existing, unrealised, timelines, rollback, changes } = document;
  const { cost, costChange } = document;
  const section = (title: string, lines: readonly string[]) => [
    paint('bold', title),
    ...lines.flatMap((line) => wrapLine(`  ${line}`, width)),
    '',
  ];
  const lines = [
    ...section('Release', [
      releaseFacts(release),
      ...release.migrations.map(({ name, kind }) => `migration ${name} (${kind})`),
    ]),
    ...components.flatMap(({ name, resources }) =>
      section(`${name} (${resources.length})`, columns(resources.map((resource) => [resource.type, resource.name]))),
    ),
    ...(existing.length === 0
      ? []
      : section(
          'Existing: used, but not created, changed or deleted',
          existing.map(({ what, id, notOurs }) => `${what} ${id}, with its ${notOurs}`),
        )),
    ...section(
      'Numbers of the contract',
      renderTable(['number', 'value'], numberRows(contract.numbers), paint, width - 2),
    ),
    ...section(
      `Contract: ${contract.checks.length} rules hold`,
      contract.checks.map(
        ({ id, rule, found }) => `${paint('green', '✓')} ${id}: ${rule} ${paint('dim', `(${found})`)}`,
      ),
    ),
    ...section('Cost on AWS', [
      `${cost}; \`stack cost\` itemises it`,
      ...(costChange === undefined ? [] : [`this change: ${sayCostChange(costChange)}`]),
    ]),
    ...section('Timeline', timelineLines(timelines, paint, width - 2)),
    ...(rollback === undefined ? [] : section('Rollback', [rollbackFacts(rollback)])),
    ...(unrealised.length === 0 ? [] : section('Declared, not realised on this target', unrealised)),
    ...(changes === undefined ? [] : section('Would change', changes.length === 0 ? ['nothing'] : changes)),
  ];
  return lines.join('\n').trimEnd();
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`);
}

const units: readonly (readonly [suffix: string, unit: string])[] = [
  ['Seconds', 's'],
  ['MiB', 'MiB'],
  ['KiB', 'KiB'],
  ['Ms', 'ms'],
  ['Percent', '%'],
];

/** `stopTimeoutSeconds: 35` reads `stop timeout  35 s`; a group's name comes first. */
export function numberRows(numbers: object, group = ''): readonly (readonly [string, string])[] {
  return Object.entries(numbers).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value === 'object' && value !== null) return numberRows(value, `${group}${words(key)}: `);
    const [suffix, unit] = units.find(([candidate]) => key.endsWith(candidate)) ?? ['', ''];
    const name = words(key.slice(0, key.length - suffix.length));
    return [[`${group}${name}`, `${String(value)}${unit === '' ? '' : ` ${unit}`}`] as const];
  });
}

function words(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
