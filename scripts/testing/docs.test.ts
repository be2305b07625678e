import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const tracked = projectFiles();
const pages = tracked.filter((file) => file.endsWith('.md'));
/** What it names may be gone: it tells what was. */
const current = pages.filter((file) => file !== 'CHANGELOG.md');
const code = tracked.filter(
  (file) => /\.(ts|js|cjs|mjs|json|ya?ml)$|Dockerfile$/.test(file) && file !== 'package-lock.json',
);

describe.each(pages)('%s', (page) => {
  it('links only to pages and headings that exist', () => {
    expect(brokenLinks(page, read(page))).toEqual([]);
  });
});

it.each(pages)('%s has only tables that are rendered as such', (page) => {
  expect(brokenTables(read(page))).toEqual([]);
});

describe.each(current)('%s', (page) => {
  it('names only files that exist', () => {
    expect(missingFiles(page, read(page))).toEqual([]);
  });

  it('names only npm scripts and stack commands that exist', () => {
    expect(unknownCommands(read(page))).toEqual([]);
  });

  it('names only codes and variables that are in the code', () => {
    const names = [...read(page).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !ofAws.includes(name) && !allCode.includes(name))).toEqual([]);
  });
});

it('code names only pages that exist', () => {
  const missing = code
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...read(file).matchAll(/\bdocs\/[\w./-]+\.(?:md|svg)\b/g)]
        .filter(([page]) => !existsSync(join(root, page)))
        .map(([page]) => `${file}: ${page}`),
    );
  expect(missing).toEqual([]);
});

describe('what is checked above', () => {
  it.each([
    ['a page', '[flow](no-such-page.md)', ['no-such-page.md']],
    ['a heading', '[words](style.md#no-such-heading)', ['style.md#no-such-heading']],
    ['a page above', '[readme](../no-such-readme.md)', ['../no-such-readme.md']],
  ])('%s that does not exist is found', (_what, text, found) => {
    expect(brokenLinks('docs/style.md', text)).toEqual(found);
  });

  it.each([
    ['without a header', '| a | b |\n\n| c | d |', ['1: no header', '3: no header']],
    ['after a blank line', '| a |\n| --- |\n| b |\n\n| c |', ['5: no header']],
    ['with a cell too few', '| a | b |\n| --- | --- |\n| c |', ['3: 1 cells, not 2']],
    ['with an unescaped pipe', '| a |\n| --- |\n| `b|c` |', ['3: 2 cells, not 1']],
  ])('a row %s is found', (_what, text, found) => {
    expect(brokenTables(text)).toEqual(found);
  });

  it('a table that is rendered, and what is no table, are left alone', () => {
    expect(brokenTables('| a | b |\n| :-- | --: |\n| `c\\|d` | e |\n')).toEqual([]);
    expect(brokenTables('```sh\n| sort\n```\n')).toEqual([]);
  });

  it('a file, an npm script or a command that does not exist is found', () => {
    expect(missingFiles('docs/style.md', 'see `infra/no-such-file.ts` and `docs/style.md`')).toEqual([
      'infra/no-such-file.ts',
    ]);
    expect(unknownCommands('`npm run deploy`, `npm run stack -- release prod`, `stack ship prod`')).toEqual([
      'npm run deploy',
      'stack release',
      'stack ship',
    ]);
  });
});

const ofAws = ['PRE_PRODUCTION_TRAFFIC_SHIFT'];
const allCode = code.map(read).join('\n');

/** Rows that GitHub shows as text, with their lines: https://github.github.com/gfm/#tables-extension- */
function brokenTables(text: string): readonly string[] {
  const found: string[] = [];
  let inCode = false;
  let header: number | undefined;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    if (inCode || !line.trimStart().startsWith('|')) {
      header = undefined;
      continue;
    }
    const cells = cellsOf(line).length;
    if (header === undefined) {
      const delimiters = cellsOf(lines[index + 1] ?? '');
      const isHeader = delimiters.length === cells && delimiters.every((cell) => /^\s*:?-+:?\s*$/.test(cell));
      if (isHeader) header = cells;
      else found.push(`${index + 1}: no header`);
    } else if (cells !== header) {
      found.push(`${index + 1}: ${cells} cells, not ${header}`);
    }
  }
  return found;
}

/** A pipe separates cells unless it is escaped, in code too. */
function cellsOf(row: string): readonly string[] {
  return row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/);
}

function brokenLinks(page: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\((?<target>[^)\s]+)\)|(?:src|srcset)="(?<image>[^"]+)"/g)];
  return links
    .map(({ groups }) => groups?.['target'] ?? groups?.['image'] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : relative(root, resolve(root, dirname(page), decodeURIComponent(path)));
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(read(target)).includes(heading);
}

/** As GitHub makes them: lower case, no punctuation, hyphens for spaces. */
function headingsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Paths in backticks, relative to the repository or to the page. Patterns and placeholders are left out. */
function missingFiles(page: string, text: string): readonly string[] {
  const named = [...text.matchAll(/`(?<path>(?:\.?[\w-]+\/)+[\w.@-]*)(?::\d+)?`/g)].map(
    ({ groups }) => groups?.['path'] ?? '',
  );
  const known = page.startsWith('app/')
    ? /^(?:infra|scripts|app|docs|bench|src|test|build|migrations)\//
    : /^(?:infra|scripts|app|docs|bench|\.github|\.devcontainer|\.ci)\//;
  return named.filter((path) => {
    if (!known.test(path)) return false;
    return !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path));
  });
}

function unknownCommands(text: string): readonly string[] {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const commands = [...read('scripts/commands/registry.ts').matchAll(/name: '([\w-]+)'/g)].map(([, name]) => name);
  const calledScripts = [...text.matchAll(/npm run (?:--silent )?(?<name>[\w-]+(?::[\w-]+)*)(?![\w-]| -w )/g)].map(
    ({ groups }) => groups?.['name'] ?? '',
  );
  const calledCommands = [
    ...text.matchAll(/(?:`|npm run stack -- |npx )stack (?<name>[a-z][\w-]*)|npm run stack -- (?<run>[a-z][\w-]*)/g),
  ].map(({ groups }) => groups?.['name'] ?? groups?.['run'] ?? '');
  return [
    ...calledScripts.filter((name) => !scripts.includes(name)).map((name) => `npm run ${name}`),
    ...calledCommands.filter((name) => !commands.includes(name)).map((name) => `stack ${name}`),
  ];
}
