import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * llms.txt: the index of the documentation (docs/README.md) for a program that reads it: https://llmstxt.org
 */
export function renderLlmsPage(projectDirectory: string): string {
  const index = readFileSync(join(projectDirectory, 'docs/README.md'), 'utf8');
  const { name, description } = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8'));
  const sections = index
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = ''] = section.split('\n');
      const rows = [...section.matchAll(/^\| (?<question>[^|]+) \| (?<answer>.*) \|$/gm)].flatMap(({ groups }) => {
        const [, text, target] = /\[([^\]]+)\]\(([^)]+)\)/.exec(groups?.['answer'] ?? '') ?? [];
        return target === undefined ? [] : [`- [${text}](${join('docs', target)}): ${groups?.['question']}`];
      });
      return `## ${title}\n${rows.join('\n')}\n`;
    });
  return `# ${name}\n\n> ${description}\n\n${sections.join('\n')}`;
}
