import { posix } from 'node:path';
import { namedError } from '../errors/named-error.ts';

/**
 * Who reads the file: `buildx` as Docker 23 and later do, `bundled` as the BuildKit inside of earlier clients does
 * (Debian 12 has 20.10). They differ in places: of `guide.md`, `**.md` keeps only the first one from the build.
 */
export type Builder = 'buildx' | 'bundled';

export const builders: readonly Builder[] = ['buildx', 'bundled'];

/** The file has a pattern that Docker refuses, or that Docker's regular expressions read in a way of their own. */
export class DockerIgnoreError extends namedError('DockerIgnoreError') {}

/** Where a walk through the build context is: at its root, or in a directory of it. */
export interface Position {
  /** @param path of an entry of this directory, from the root of the context, with `/` */
  enter(path: string, isDirectory: boolean): Entered;
}

interface Entered {
  /** Whether BuildKit gets the entry, whatever is in it. A directory that it does not get may still hold what it gets. */
  readonly sent: boolean;
  /** Of a directory: where to look on; absent: BuildKit gets nothing from inside. */
  readonly inside?: Position;
}

/**
 * Reads a .dockerignore file as BuildKit does. Where its versions differ, an entry that any of them gets is got: a build
 * that somebody may run uses it.
 *
 * This follows moby/patternmatcher and the walk of tonistiigi/fsutil step by step, oddities included, because what
 * counts is what they do: https://docs.docker.com/build/concepts/context/#dockerignore-files says less. No JavaScript
 * library agrees with either version: see docs/adr/0005-release-identity.md.
 *
 * @param onDifference called with each file that only some of them get, when it is entered
 * @throws DockerIgnoreError with the line and its pattern
 */
export function parseDockerIgnore(
  text: string,
  readers: readonly Builder[] = builders,
  onDifference: (path: string) => void = () => undefined,
): Position {
  const patterns = readPatterns(text);
  return together(
    readers.map((reader) => (reader === 'buildx' ? buildxPosition(patterns) : bundledPosition(patterns))),
    onDifference,
  );
}

/** @param positions of the readers; absent where one does not look into the directory */
function together(positions: readonly (Position | undefined)[], onDifference: (path: string) => void): Position {
  return {
    enter(path, isDirectory) {
      const entered = positions.map((position) => position?.enter(path, isDirectory));
      const sent = entered.some((one) => one?.sent === true);
      if (!isDirectory && sent && entered.some((one) => one?.sent !== true)) onDifference(path);
      const inside = entered.map((one) => one?.inside);
      const closed = inside.every((one) => one === undefined);
      return { sent, ...(closed ? {} : { inside: together(inside, onDifference) }) };
    },
  };
}

interface Pattern {
  /** Cleaned, without the `!`. */
  readonly text: string;
  /** `!`: gets back what an earlier line keeps out. */
  readonly exception: boolean;
  readonly matches: Readonly<Record<Builder, (path: string) => boolean>>;
}

/** moby/patternmatcher `MatchesUsingParentResults` in the walk of fsutil's `filterFS`. */
function buildxPosition(patterns: readonly Pattern[], parents?: readonly boolean[]): Position {
  const exceptions = patterns.filter(({ exception }) => exception);
  const literal = exceptions.every(({ text }) => !/[*[\]?^\\]/.test(withoutTrailingGlob(text)));
  return {
    enter(path, isDirectory) {
      let excluded = false;
      const matched = patterns.map(({ exception, matches }, index) => {
        let match = parents?.[index] ?? false;
        if (!match) {
          if (exception !== excluded) return false;
          match = matches.buildx(path);
        }
        if (match) excluded = !exception;
        return match;
      });
      if (!isDirectory) return { sent: !excluded };
      const reached = exceptions.some(({ text }) => `${withoutTrailingGlob(text)}/`.startsWith(`${path}/`));
      const closed = excluded && literal && !reached;
      return { sent: !excluded, ...(closed ? {} : { inside: buildxPosition(patterns, matched) }) };
    },
  };
}

function withoutTrailingGlob(text: string): string {
  return text.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
}

/** docker/pkg/fileutils `Matches` of 20.10 in the walk of fsutil at that time: one parent is compared, not each. */
function bundledPosition(patterns: readonly Pattern[]): Position {
  const exceptions = patterns.filter(({ exception }) => exception);
  const position: Position = {
    enter(path, isDirectory) {
      const parents = path.split('/').slice(0, -1);
      let excluded = false;
      for (const { text, exception, matches } of patterns) {
        const depth = text.split('/').length;
        const match =
          matches.bundled(path) || (depth <= parents.length && matches.bundled(parents.slice(0, depth).join('/')));
        if (match) excluded = !exception;
      }
      if (!isDirectory) return { sent: !excluded };
      const reached = exceptions.some(({ text }) => `${text}/`.startsWith(`${path}/`));
      return excluded && !reached ? { sent: false } : { sent: true, inside: position };
    },
  };
  return position;
}

/** moby/patternmatcher `ignorefile.ReadAll`, then `New`. */
function readPatterns(text: string): readonly Pattern[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index) => {
      if (line.startsWith('#')) return [];
      const trimmed = line.trim();
      if (trimmed === '') return [];
      const inverted = trimmed.startsWith('!');
      const path = (inverted ? trimmed.slice(1) : trimmed).trim();
      const cleaned = path === '' ? '' : clean(path).replace(/^\/(?=.)/, '');
      return [parsePattern(clean(`${inverted ? '!' : ''}${cleaned}`.trim()), `line ${index + 1}, ${trimmed}`)];
    });
}

/** Go's filepath.Clean. */
function clean(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

function parsePattern(cleaned: string, place: string): Pattern {
  if (cleaned === '!') throw new DockerIgnoreError(`${place}: nothing follows the !, which Docker refuses.`);
  const exception = cleaned.startsWith('!');
  const text = exception ? cleaned.slice(1) : cleaned;
  const tokens = tokenize(text, place);
  return { text, exception, matches: { buildx: buildxMatcher(text, tokens), bundled: bundledMatcher(text, tokens) } };
}

/** `regExp`: as both versions of moby write it, for a pattern that they turn into a regular expression. */
type Token =
  | { readonly kind: 'text' | 'escaped' | 'class'; readonly text: string }
  | { readonly kind: 'one' | 'any' | 'deep' | 'deep-end' | 'bracket' };

/** A character or a range of a class, as far as Go's regular expressions and JavaScript's read it alike. */
const member = String.raw`(?:[^\\[\]*?-]|\\[^A-Za-z0-9])`;
const characterClass = new RegExp(String.raw`^\[(?:\^|(?!\^))(?:${member}(?:-${member})?)+\]`, 'u');

function tokenize(pattern: string, place: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let rest = pattern; rest !== ''; ) {
    const { token, length } = nextToken(rest, place);
    tokens.push(token);
    rest = rest.slice(length);
  }
  return tokens;
}

function nextToken(rest: string, place: string): { readonly token: Token; readonly length: number } {
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
  if (rest.startsWith('**')) {
    const length = rest.startsWith('**/') ? 3 : 2;
    return { token: { kind: length === rest.length ? 'deep-end' : 'deep' }, length };
  }
  switch (character) {
    case '*':
      return { token: { kind: 'any' }, length: 1 };
    case '?':
      return { token: { kind: 'one' }, length: 1 };
    case ']':
      return { token: { kind: 'bracket' }, length: 1 };
    case '[': {
      const text = classAt(rest, place);
      return { token: { kind: 'class', text }, length: text.length };
    }
    case '\\': {
      const text = escapedAt(rest, place);
      return { token: { kind: 'escaped', text }, length: 1 + text.length };
    }
    default:
      return { token: { kind: 'text', text: character }, length: character.length };
  }
}

function escapedAt(rest: string, place: string): string {
  if (rest.length === 1) throw new DockerIgnoreError(`${place}: nothing follows the \\, which Docker refuses.`);
  const character = String.fromCodePoint(rest.codePointAt(1) ?? 0);
  if (!/[A-Za-z0-9]/.test(character)) return character;
  throw new DockerIgnoreError(
    `${place}: Docker reads \\${character} as a regular expression does, not as the character. Omit the backslash.`,
  );
}

function classAt(rest: string, place: string): string {
  const [found] = characterClass.exec(rest) ?? [];
  if (found !== undefined && isRegExp(found)) return found;
  throw new DockerIgnoreError(
    `${place}: Docker refuses this character class or reads it in a way of its own. List characters and ranges such as a-z, without *, ? and [; a [ that stands for itself is written \\[.`,
  );
}

function isRegExp(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** moby/patternmatcher `compile`: what has no special character is compared as text, and so are a first and a last `**`. */
function buildxMatcher(text: string, tokens: readonly Token[]): (path: string) => boolean {
  let kind: 'exact' | 'prefix' | 'suffix' | 'regexp' = 'exact';
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'deep-end') kind = kind === 'exact' ? 'prefix' : 'regexp';
    else if (token.kind !== 'text') kind = 'regexp';
    if (index === 0 && (token.kind === 'deep' || token.kind === 'deep-end')) kind = 'suffix';
  }
  switch (kind) {
    case 'exact':
      return (path) => path === text;
    case 'prefix':
      return (path) => path.startsWith(text.slice(0, -2));
    case 'suffix': {
      const suffix = text.slice(2);
      return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
    }
    case 'regexp': {
      const regExp = new RegExp(`^${tokens.map((token) => regExpOf(token, quote)).join('')}$`, 'u');
      return (path) => regExp.test(path);
    }
  }
}

/** The same of 20.10, where all is a regular expression and only `.` and `$` are quoted: `a+b` matches `aab`. */
function bundledMatcher(text: string, tokens: readonly Token[]): (path: string) => boolean {
  try {
    const regExp = new RegExp(`^${tokens.map((token) => regExpOf(token, quoteDots)).join('')}$`, 'u');
    return (path) => regExp.test(path);
  } catch {
    // That client refuses the file, so it builds nothing.
    return buildxMatcher(text, tokens);
  }
}

function regExpOf(token: Token, plain: (text: string) => string): string {
  switch (token.kind) {
    case 'text':
      return plain(token.text);
    case 'escaped':
      return quote(token.text).replace('^', '\\^');
    case 'one':
      return '[^/]';
    case 'any':
      return '[^/]*';
    case 'deep':
      return '(?:[^\\n]*/)?';
    case 'deep-end':
      return '[^\\n]*';
    case 'class':
      return token.text.replace(/\\([^\\\]^-])/gu, (_, character: string) => quote(character));
    case 'bracket':
      return '\\]';
  }
}

/** `^` is left alone, as moby leaves it: an assertion that holds nowhere but at the start. */
function quote(text: string): string {
  return text.replace(/[.+*?${}()|[\]\\/]/g, '\\$&');
}

function quoteDots(text: string): string {
  return text.replace(/[.$/]/g, '\\$&');
}

/** Whether BuildKit would get a file of this path, which need not exist. */
export function sends(ignore: Position): (path: string) => boolean {
  const positions = new Map<string, Position | undefined>([['', ignore]]);
  const inside = (directory: string): Position | undefined => {
    if (!positions.has(directory)) {
      positions.set(directory, inside(parentOf(directory))?.enter(directory, true).inside);
    }
    return positions.get(directory);
  };
  return (path) => inside(parentOf(path))?.enter(path, false).sent === true;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
