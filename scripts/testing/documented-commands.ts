import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectFiles } from './project-files.ts';

const root = resolve(import.meta.dirname, '../..');

/** Markdown pages that say what is; what the changelog names may be gone. */
export const currentPages: readonly string[] = projectFiles().filter(
  (file) => file.endsWith('.md') && file !== 'CHANGELOG.md',
);

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** What a reader would put there. */
const examples: readonly (readonly [RegExp, string])[] = [
  [/^<(count|n|port)>$/i, '3'],
  [/^<(time|duration)>$/i, '3d'],
  [/^<[^>]+>$/, 'example'],
];

/** Commands of a page with their arguments: in a text as code, in a block as a line. */
export function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const inline = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) =>
    simpleCommands(line).flatMap((part) => {
      const found = /(?:npm run stack -- |npx stack |^stack |npm run (?=(?:up|down) -- ))(?<given>[a-z].*)$/.exec(
        part.trim(),
      );
      return found?.groups?.['given']?.replace(/^(up|down) -- /, '$1 ') ?? [];
    }),
  );
}

/** The commands between `&&`, `|` and `;` of a line; what is quoted stays whole. */
export function simpleCommands(line: string): readonly string[] {
  const parts = [''];
  for (const [token = ''] of line.matchAll(/"[^"]*"|'[^']*'|&&|[\s\S]/g)) {
    if (token === '&&' || /^[|;)]$/.test(token)) parts.push('');
    else parts.push(`${parts.pop()}${token}`);
  }
  return parts;
}

/** Without comments, and with an example for each placeholder. */
export function argumentsOf(
  command: string,
  reader: readonly (readonly [RegExp, string])[] = examples,
): readonly string[] {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
  const end = words.findIndex((word) => /^[#<>…]/.test(word) && !/^<[^>]+>$/.test(word));
  return words
    .slice(0, end === -1 ? words.length : end)
    .filter((word) => !/^\[.*\]$/.test(word))
    .map((word) => [...reader, ...examples].find(([placeholder]) => placeholder.test(word))?.[1] ?? word);
}

/** The one block of commands of a page that begins so, as it is written. */
export function blockOf(page: string, beginning: string): string {
  const blocks = [...readPage(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const [found, ...others] = blocks.filter((block) => block.startsWith(beginning));
  if (found === undefined || others.length > 0) {
    throw new Error(`${page} has ${others.length === 0 ? 'no' : 'several'} blocks that begin with ${beginning}`);
  }
  return found;
}
