import { readFileSync } from 'node:fs';

/**
 * Which line of which source a line of a bundled file was made of; the build writes it beside the file.
 * Lines alone, and read at the first error that is logged: a source map of the bundle takes a hundred times the memory,
 * and Node looks for one only in files that its own loader has loaded (see src/launch/bundle.ts).
 */
export interface SourceLines {
  /** Paths from the root of the repository. */
  readonly sources: readonly string[];
  /**
   * Triples: a line of the bundled file, the index of a source (-1: none), its line; ascending, lines from 1.
   * The lines up to the next triple follow one another in both files.
   */
  readonly runs: readonly number[];
}

const sizeOfRun = 3;

export const sourceLinesOf = (file: string) => `${file}.lines.json`;

const position = /(?:file:\/\/)?(?<file>\/[^\s():]+\.[cm]?js):(?<line>\d+):\d+/g;
const known = new Map<string, SourceLines | undefined>();

/** The stack with file and line of the sources, where it names a bundled file. */
export function withSourceLines(stack: string): string {
  return stack.replace(position, (text, file: string, line: string) => {
    const lines = linesOf(file);
    return (lines && sourceOf(lines, Number(line))) ?? text;
  });
}

function linesOf(file: string): SourceLines | undefined {
  if (!known.has(file)) {
    known.set(file, read(sourceLinesOf(file)));
  }
  return known.get(file);
}

function read(file: string): SourceLines | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function sourceOf({ sources, runs }: SourceLines, line: number): string | undefined {
  let [low, high] = [0, runs.length / sizeOfRun];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle * sizeOfRun] ?? 0) <= line) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const [start = 0, index = -1, first = 0] = runs.slice((low - 1) * sizeOfRun, low * sizeOfRun);
  const source = sources[index];
  return source === undefined ? undefined : `${source}:${first + line - start}`;
}
