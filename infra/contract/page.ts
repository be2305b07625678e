import { keptByConstruction } from './rules/kept-by-construction.ts';
import type { Check } from './rules/rule.ts';

const introduction = `# The contract between infrastructure and app

Numbers that both sides must agree on. infra/contract/numbers.ts derives them from the settings. Every rule is checked
before any resource is registered, and \`stack preview\` shows the values found. An id with a dot extends the rule before it.
A test generates this page: \`npx vitest run --project unit infra/contract/page -u\``;

/** Renders docs/contract.md: the rules that numbers can break, and those that the code guarantees. */
export function renderContractPage(checks: readonly Check[]): string {
  const sorted = checks.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return `${[
    introduction,
    '## Checked on every run',
    table(
      ['Id', 'Rule', 'Reason', 'If it fails'],
      sorted.map(({ id, rule, source, remedy }) => [id, rule, source, remedy]),
    ),
    '## Guaranteed by construction',
    table(
      ['Id', 'Rule', 'Reason', 'Tested by'],
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
  return text.replaceAll('|', '\\|').replaceAll(/<process>\w+/g, (key) => `\`${key}\``);
}

function link(path: string): string {
  return `[${path}](../${path})`;
}
