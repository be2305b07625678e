import { styleText } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/** The same on every line of this process, or shown elsewhere on the line. */
const unshown = new Set(['level', 'time', 'service', 'version', 'environment', 'region', 'msg', 'err']);
/** Of a request, whose line begins with them. */
const shownFirst = new Set(['operation', 'method', 'path', 'statusCode', 'durationMs']);
const colours = { fatal: 'red', error: 'red', warn: 'yellow', info: 'green', debug: 'dim', trace: 'dim' } as const;
const serviceWidth = 'worker'.length;
const levelWidth = 'error'.length;

/** A log line's fields; `undefined`: it is none of the app's own. */
export function parseLine(line: string): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    return typeof fields === 'object' && fields !== null && 'level' in fields ? (fields as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** A log line for a person: time, service, level, message, then its other fields; an error with its stack below. */
export function readable(line: string): string {
  const fields = parseLine(line);
  if (fields === undefined) {
    return line;
  }
  const level = String(fields['level']);
  const isRequest = fields['msg'] === 'request';
  const others = Object.entries(fields)
    .filter(([name]) => !unshown.has(name) && !(isRequest && shownFirst.has(name)))
    .map(([name, value]) => styleText('dim', `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`));
  const words = [
    styleText('dim', localTime(String(fields['time']))),
    String(fields['service']).padEnd(serviceWidth),
    styleText(colours[level as keyof typeof colours] ?? 'dim', level.padEnd(levelWidth)),
    isRequest ? requestOf(fields) : String(fields['msg']),
    ...others,
  ];
  // A warning says what happens next; where it comes from is of interest when that is not enough.
  const isTraced = level === 'error' || level === 'fatal';
  return [words.join(' '), ...errorLines(fields['err'], isTraced)].join('\n');
}

function requestOf({ method, path, statusCode, durationMs }: Fields): string {
  return `${method} ${path} ${statusCode} in ${durationMs} ms`;
}

/** `14:03:12.345` of an ISO moment. */
function localTime(moment: string): string {
  const date = new Date(moment);
  const part = (value: number, digits: number) => String(value).padStart(digits, '0');
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => part(n, 2));
  return `${hours}:${minutes}:${seconds}.${part(date.getMilliseconds(), 3)}`;
}

function errorLines(error: unknown, isTraced: boolean): readonly string[] {
  if (typeof error !== 'object' || error === null) {
    return [];
  }
  const { stack, message, cause } = error as { stack?: string; message?: string; cause?: unknown };
  const [first = '', ...frames] = (isTraced ? (stack ?? message) : message)?.split('\n') ?? [];
  const lines = [`  ${first}`, ...frames.map((frame) => `    ${frame.trim()}`)];
  return cause === undefined ? lines : [...lines, '  caused by', ...errorLines(cause, isTraced)];
}
