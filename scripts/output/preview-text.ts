import { shortCommit } from '../messages/commit.ts';
import type { Paint } from './paint.ts';
import type { PreviewDocument } from './preview-document.ts';
import { renderTable } from './table.ts';

/** The preview as a person reads it: release, components, the contract's numbers and rules, what the target leaves out. */
export function renderPreview(document: PreviewDocument, paint: Paint): string {
  const { release, components, contract, unrealised, cost, changes } = document;
  const section = (title: string, lines: readonly string[]) => [
    paint('bold', title),
    ...lines.map((line) => `  ${line}`),
    '',
  ];
  const lines = [
    ...section('Release', [
      `${release.version}  commit ${shortCommit(release.commit)}  ${release.pinned ? 'pinned: not built' : 'built from this work tree, once'}`,
      ...release.migrations.map(({ name, kind }) => `migration ${name} (${kind})`),
    ]),
    ...components.flatMap(({ name, resources }) =>
      section(
        `${name} (${resources.length})`,
        columns(resources.map((resource) => [resource.type, resource.name])).map((line) => line),
      ),
    ),
    ...section('Contract', renderTable(['number', 'value'], numberRows(contract.numbers), paint)),
    ...section(
      `Rules of the contract: ${contract.checks.length} hold`,
      contract.checks.map(
        ({ id, rule, found }) => `${paint('green', '✓')} ${id}: ${rule} ${paint('dim', `(${found})`)}`,
      ),
    ),
    ...section('Cost on AWS', [`${cost}; \`stack cost\` shows of what`]),
    ...(unrealised.length === 0 ? [] : section('Declared, but not realised on this target', unrealised)),
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
