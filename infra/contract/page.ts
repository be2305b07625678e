import { keptByConstruction } from './rules/kept-by-construction.ts';
import type { Check } from './rules/rule.ts';

const introduction = `# The contract between infrastructure and app

The numbers on which both must agree. They are derived from the settings in infra/contract/numbers.ts, and checked before
anything is registered; \`stack preview\` shows what each check found. An id with a dot is a part of the rule before it.
This page is made from the code by its test: npx vitest run infra/contract-page -u`;

/** The page that lists every rule: those that numbers can break, and those that are kept by how things are built. */
export function renderContractPage(checks: readonly Check[]): string {
  const sorted = checks.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return `${[
    introduction,
    '## Checked with each evaluation',
    table(
      ['Rule', 'What holds', 'Why', 'When it does not'],
      sorted.map(({ id, rule, source, remedy }) => [id, rule, source, remedy]),
    ),
    '## Kept by construction',
    table(
      ['Rule', 'What holds', 'Why', 'Shown by'],
      keptByConstruction.map(({ id, rule, why, shownBy }) => [id, rule, why, shownBy.map(link).join(', ')]),
    ),
  ].join('\n\n')}\n`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`)
    .join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function link(path: string): string {
  return `[${path}](../${path})`;
}
