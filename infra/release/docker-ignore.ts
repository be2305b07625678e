/** Which paths of the build context a .dockerignore file excludes. Paths are relative and use `/`. */
export interface DockerIgnore {
  excludes(path: string): boolean;
  /** Whether everything below a directory is excluded, so that it need not be read. */
  excludesAllOf(directory: string): boolean;
  /** The included files as git pathspecs, relative to the context. Exact unless includes and excludes alternate. */
  pathspecs(): readonly string[];
}

interface Pattern {
  readonly text: string;
  readonly includes: boolean;
  readonly matches: RegExp;
}

/**
 * Parses a .dockerignore file. The last pattern that matches a path or a directory above it decides.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function parseDockerIgnore(text: string): DockerIgnore {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parsePattern);
  const excludes = (path: string) => {
    const last = patterns.findLast(({ matches }) => matches.test(path));
    return last !== undefined && !last.includes;
  };
  return {
    excludes,
    // A `!` pattern could include something below. If none reaches into the directory, nothing can.
    excludesAllOf: (directory) =>
      excludes(directory) && !patterns.some(({ includes, text }) => includes && mayReachInto(text, directory)),
    pathspecs: () => [
      ...(patterns.some(({ includes }) => includes) ? [] : ['.']),
      ...patterns.filter(({ includes }) => includes).flatMap(({ text }) => [`:(glob)${text}`, `:(glob)${text}/**`]),
      ...patterns
        .filter(({ includes, text }) => !includes && text !== '*' && text !== '**')
        .flatMap(({ text }) => [`:(exclude,glob)${text}`, `:(exclude,glob)${text}/**`]),
    ],
  };
}

function parsePattern(line: string): Pattern {
  const includes = line.startsWith('!');
  const text = (includes ? line.slice(1).trim() : line).replace(/^\.?\//, '').replace(/\/+$/, '');
  return { text, includes, matches: new RegExp(`^${toRegExp(text)}(/.*)?$`) };
}

function toRegExp(pattern: string): string {
  return pattern
    .split(/(\*\*\/|\*\*|\*|\?|\[[^\]]+\])/)
    .map((part) => {
      if (part === '**/') return '(.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      if (part.startsWith('[') && part.endsWith(']')) return part;
      return part.replace(/[.+^${}()|\\[\]]/g, '\\$&');
    })
    .join('');
}

function mayReachInto(pattern: string, directory: string): boolean {
  const [literal = ''] = pattern.split(/[*?[]/);
  return literal === pattern ? pattern.startsWith(`${directory}/`) : overlaps(literal, `${directory}/`);
}

function overlaps(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
