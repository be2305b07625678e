import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

const root = `${import.meta.dirname}/../..`;
const page = 'docs/style.md';
const written = new Set(['.cjs', '.js', '.json', '.md', '.mjs', '.svg', '.ts', '.yaml', '.yml', '']);

interface Entry {
  readonly phrase: string;
  readonly instead: string;
  readonly pattern: RegExp;
}

/** The rows of the table below `## Words`: phrases in backticks, and what to write instead. */
function entriesOf(text: string): readonly Entry[] {
  return wordsOf(text)
    .split('\n')
    .flatMap((row) => {
      const [, not = '', instead = ''] = /^\| (.*?) \| (.*) \|$/.exec(row) ?? [];
      return [...not.matchAll(/`([^`]+)`/g)].map(([, phrase = '']) => ({
        phrase,
        instead,
        pattern: patternOf(phrase),
      }));
    });
}

function wordsOf(text: string): string {
  return /^## Words$.*?(?=^## )/ms.exec(text)?.[0] ?? '';
}

/** The phrase as written or with a capital first letter; its spaces also match a line break inside a comment. */
function patternOf(phrase: string): RegExp {
  const [first = '', ...rest] = phrase;
  const body = rest
    .join('')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(' ', '\\s+(?:(?:\\*|//|#|>)\\s+)?');
  const end = /\p{L}$/u.test(phrase) ? '(?![\\p{L}\\p{N}_])' : '';
  return new RegExp(`(?<![\\p{L}\\p{N}_])[${first}${first.toUpperCase()}]${body}${end}`, 'gu');
}

/** Where a text uses a listed phrase, as `line: found → instead`. */
function findings(text: string, entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(({ 0: found, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return `${line}: ${found.replace(/\s+/g, ' ')} → ${instead}`;
    }),
  );
}

const style = readFileSync(`${root}/${page}`, 'utf8');
const entries = entriesOf(style);
const tracked = projectFiles()
  .filter((file) => file !== 'package-lock.json' && written.has(extname(file)))
  // The licence is not ours to word.
  .filter((file) => file !== 'LICENSE');

describe('the word list', () => {
  it.each(entries)('finds “$phrase”', ({ phrase, pattern }) => {
    expect(`Because ${phrase} reads translated.`).toMatch(pattern);
    expect(`${phrase[0]?.toUpperCase()}${phrase.slice(1)} reads translated.`).toMatch(pattern);
  });

  it('finds a phrase across the lines of a comment, and says where', () => {
    const { phrase, instead } = entries.find((entry) => entry.phrase.includes(' ')) ?? expect.fail('no such phrase');
    const comment = `/**\n * Reads the settings ${phrase.replace(' ', '\n * ')}.\n */`;
    expect(findings(comment, entries)).toEqual([`2: ${phrase.replace(' ', ' * ')} → ${instead}`]);
  });

  it('leaves words alone that only contain a phrase', () => {
    expect(findings('We recommend the Valkey user, amended by setting natGateways.', entries)).toEqual([]);
  });
});

it('tracked files use the words of docs/style.md', () => {
  const found = tracked.flatMap((file) => {
    const text = readFileSync(`${root}/${file}`, 'utf8');
    const checked = file === page ? text.replace(wordsOf(text), (list) => list.replace(/[^\n]/g, '')) : text;
    return findings(checked, entries).map((finding) => `${file}:${finding}`);
  });
  expect(found).toEqual([]);
});
