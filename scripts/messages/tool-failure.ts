import { stripVTControlCharacters } from 'node:util';

/** What the output of a failed tool says went wrong. */
export interface ToolFailure {
  /** The error in one line, without its place; absent when no error was recognised. */
  readonly error?: string;
  /** `app/src/main.ts:3:7`, as the tool names it. */
  readonly place?: string;
  /** The tool's own words on its first error, without stacks of the tool and what merely repeats that it failed. */
  readonly block: readonly string[];
}

/** A compiler names a place, an error and the line of code: some ten lines each. */
const blockLines = 40;
/** Of what no rule knows: enough to show the failing instruction and its output. */
const unknownLines = 20;

/** Text without colours and other control sequences, in lines. */
export function plainLines(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.replace(/^.*\r/, ''));
}

/**
 * The first error in the output of a tool: later ones mostly say that the tool before them failed. Knows how TypeScript,
 * Rolldown, esbuild, SWC, npm, Node and shells report errors; of other output, the last lines.
 */
export function readToolFailure(output: readonly string[]): ToolFailure {
  const lines = output.flatMap(plainLines).map((line) => line.trimEnd());
  const start = lines.findIndex(isStart);
  if (start === -1) return { block: lines.filter((line) => !isNoise(line)).slice(-unknownLines) };
  const [frame] = ownFrames(lines.slice(start));
  const found = firstBlock(lines.slice(start));
  const block = placeIn(found) === undefined && frame !== undefined ? [...trimmed(found), frame] : found;
  const place = placeIn(block);
  const error = errorIn(block);
  return {
    ...(error === undefined ? {} : { error }),
    ...(place === undefined ? {} : { place }),
    block: trimmed(block).slice(0, blockLines),
  };
}

/** `Error: boom (app/src/main.ts:3:7)`; of a failure that was not recognised, its last line. */
export function sayToolFailure({ error, place, block }: ToolFailure): string {
  const said = error ?? block.findLast((line) => line.trim() !== '')?.trim() ?? 'it said nothing';
  return place === undefined || said.includes(place) ? said : `${said} (${place})`;
}

const starts: readonly RegExp[] = [
  // src/main.ts(3,7): error TS2322: …, and with --pretty src/main.ts:3:7 - error TS2322: …
  /\.[cm]?[jt]sx?(\(\d+,\d+\):|:\d+:\d+ -) error TS\d+: /,
  // Rolldown: [PARSE_ERROR] Unexpected token
  /^\s*\[[A-Z][A-Z_]+\] \S/,
  // esbuild
  /^\s*(✘|X) \[ERROR\] /,
  // SWC, oxc
  /^\s*(×|x) \S/,
  // Node before an uncaught error: the place, the line of code, and a caret.
  /^(file:\/\/)?\/\S+:\d+$/,
  /^(Uncaught |Unhandled )?(\w+(\.\w+)*)?(Error|Exception)( \[\w+\])?: /,
  /^npm (error|ERR!) code E?[A-Z]/,
  /^(\/bin\/)?(sh|bash|ash)(: \d+| line \d+)?: /,
  /^(E|Err): ?\S/,
  /^(fatal|FATAL): /,
  // Docker's client with the engine's words, and the engine's own last words.
  /^(docker: |unable to \w+ \S+: )?(Error response from daemon|error during connect): /,
  /^failed to start daemon: /,
  // git, Pulumi, pip
  /^(error|ERROR): \S/,
  // dpkg-deb: error: …, tar: x: Cannot open: No such file or directory, cp: cannot stat 'x'
  /^[a-z][\w-]*: (error|fatal|cannot|.*: (Cannot|No space|No such file|Permission denied))\b/,
];

function isStart(line: string): boolean {
  return starts.some((pattern) => pattern.test(line));
}

/** Up to the first stack, or to what says again that something failed. */
function firstBlock(lines: readonly string[]): readonly string[] {
  if (/^npm (error|ERR!)/.test(lines[0] ?? '')) return npmBlock(lines);
  const [first = '', ...rest] = isPlaceLine(lines[0]) && isForeign(lines[0] ?? '') ? withoutCode(lines) : lines;
  const end = rest.findIndex((line) => isFrame(line) || isClosing(line));
  const block = [first.replace(/^file:\/\//, ''), ...(end === -1 ? rest : rest.slice(0, end))];
  return announces(first) && block.slice(1).some((line) => line !== '') ? block.slice(1) : block;
}

/** An error of a package is about our code, and the line of the package that threw it is not. */
function withoutCode(lines: readonly string[]): readonly string[] {
  const error = lines.findIndex((line, index) => index > 0 && /^\S*Error\b/.test(line));
  return error === -1 ? lines : lines.slice(error);
}

function npmBlock(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex(
    (line) => !/^npm (error|ERR!|warn)/.test(line) || /(Clean install a project|Usage:)$/.test(line),
  );
  return (end === -1 ? lines : lines.slice(0, end)).filter((line) => !isNoise(line));
}

/** Lines of stacks that are not of Node or a package. */
function ownFrames(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => isFrame(line) && !isForeign(line));
}

function isFrame(line: string): boolean {
  return /^\s+at (async )?\S/.test(line);
}

function isPlaceLine(line = ''): boolean {
  return /^(file:\/\/)?\/\S+:\d+$/.test(line);
}

function isForeign(line: string): boolean {
  return /node_modules\/|\(?node:|<anonymous>$/.test(line);
}

function isClosing(line: string): boolean {
  return /^Node\.js v\d|^npm (error|ERR!)|^(error )?Command failed|^(Caused by|Stack backtrace):$/.test(line);
}

/** Says nothing about the cause. */
function isNoise(line: string): boolean {
  return (
    isFrame(line) ||
    /^Node\.js v\d/.test(line) ||
    /^npm (error|ERR!)( (path|workspace|location|command|code \d+|Lifecycle script|A complete log|\s*\/\S+\.log)|$)/.test(
      line,
    ) ||
    /^npm notice/.test(line)
  );
}

/** file:line, or file:line:column, or file(line,column). */
const places: readonly RegExp[] = [
  /(?<file>[^\s():[\]"'`]*\/?[^\s():[\]"'`]+\.(?:[cm]?[jt]sx?|json|css|sql|py|go|rs|rb|java|kt|php)):(?<line>\d+)(?::(?<column>\d+))?/,
  /(?<file>[^\s()[\]"'`]+\.[cm]?[jt]sx?)\((?<line>\d+),(?<column>\d+)\)/,
];

function placeIn(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    for (const pattern of places) {
      const { file, line: number, column } = pattern.exec(line)?.groups ?? {};
      if (file === undefined || isForeign(`${file}`)) continue;
      return `${file.replace(/^\/\//, '')}:${number}${column === undefined ? '' : `:${column}`}`;
    }
  }
  return undefined;
}

const titles: readonly RegExp[] = [
  /error (TS\d+: .*)$/,
  /^\s*\[[A-Z][A-Z_]+\] (.*)$/,
  /^\s*(?:✘|X) \[ERROR\] (.*)$/,
  /^\s*(?:×|x) (.*)$/,
  /^((?:Uncaught |Unhandled )?(?:\w+(?:\.\w+)*)?(?:Error|Exception)(?: \[\w+\])?: .*)$/,
  /^npm (?:error|ERR!) ((?!code |errno|syscall|path ).*\S.*)$/,
  /^((?:\/bin\/)?(?:sh|bash|ash)(?:: \d+| line \d+)?: .*)$/,
  /^((?:E|Err|fatal|FATAL): ?.*)$/,
  /^(?:docker: |unable to \w+ \S+: )?Error response from daemon: (.*)$/,
  /^(error during connect: .*|failed to start daemon: .*)$/,
  /^(?:error|ERROR): (.*)$/,
  /^([a-z][\w-]*: (?:error|fatal|cannot|.*: (?:Cannot|No space|No such file|Permission denied))\b.*)$/,
];

/** `Build failed with 1 error:` only says that an error follows. */
function announces(line: string): boolean {
  return /^Error: (Build|Bundling) failed with \d+ errors?:?$/.test(line);
}

function errorIn(block: readonly string[]): string | undefined {
  const found = block.flatMap((line) => {
    const title = titles.map((pattern) => pattern.exec(line)?.[1]).find((text) => text !== undefined);
    return title === undefined ? [] : [title.trim()];
  });
  return found[0];
}

function trimmed(lines: readonly string[]): readonly string[] {
  const isText = (line: string) => line.trim() !== '';
  const first = lines.findIndex(isText);
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex(isText) + 1);
}
