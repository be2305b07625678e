import type { LogLine } from '../release/target.ts';
import type { Paint, Style } from './paint.ts';

/** The app's lines are JSON with these fields; other programs write what they like. */
interface Written {
  readonly level?: string;
  readonly msg?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** From the least to the most important. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Which lines are shown. */
export interface LogFilter {
  /** This level and those above it. */
  readonly level?: LogLevel;
  /** Lines that were written on behalf of one request, in whichever service. */
  readonly correlationId?: string;
}

/** Lines that say no level, such as the last words of a crash, are shown at every level. */
export function matches({ text }: LogLine, { level, correlationId }: LogFilter): boolean {
  const written = parse(text);
  const levels: readonly (string | undefined)[] = logLevels;
  const own = levels.indexOf(written?.level);
  if (level !== undefined && own >= 0 && own < levels.indexOf(level)) return false;
  return correlationId === undefined || written?.fields['correlationId'] === correlationId;
}

/** What a page shows of a line, and finds others by. */
export interface ReadLine {
  /** When it was written: ISO 8601, UTC. */
  readonly at?: string;
  /** `api.1` */
  readonly task: string;
  /** Absent: the line says none. */
  readonly level?: string;
  readonly text: string;
  readonly correlationId?: string;
}

export function readLogLine({ service, task, at, text }: LogLine): ReadLine {
  const written = parse(text);
  const correlationId = written?.fields['correlationId'];
  return {
    ...(at === undefined ? {} : { at }),
    task: shortTask(service, task),
    ...(written?.level === undefined ? {} : { level: written.level }),
    text: written === undefined ? text : [sentenceOf(written), ...factsOf(written)].join(' '),
    ...(typeof correlationId === 'string' ? { correlationId } : {}),
  };
}

/** An error, or a request that was answered with 5xx: the app has no error to log where it means to answer so. */
export function isFailure(line: LogLine): boolean {
  return isError(line) || Number(parse(line.text)?.fields['statusCode']) >= 500;
}

/** A line that says so, and one without a level that speaks of an error: the last words of a crash say no level. */
export function isError({ text }: LogLine): boolean {
  const level = parse(text)?.level;
  if (level === undefined) return /error|fatal|exception|panic|killed|out of memory/i.test(text);
  return level === 'error' || level === 'fatal' || Number(level) >= 50;
}

/**
 * A line for a person: `14:02:11 api.1 GET /todos 200 3 ms`. The time is this machine's, with the date where that is not
 * `today`.
 */
export function renderLogLine({ service, task, at, text }: LogLine, paint: Paint, today = new Date()): string {
  const head = [...(at === undefined ? [] : [paint('dim', clock(at, today))]), paint('cyan', shortTask(service, task))];
  const written = parse(text);
  return [...head, ...(written === undefined ? [text] : describe(written, paint))].join(' ');
}

function parse(text: string): Written | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null) return undefined;
    const { level, msg, ...rest } = Object.fromEntries(Object.entries(fields));
    return {
      ...(typeof level === 'string' ? { level } : {}),
      ...(typeof msg === 'string' ? { msg } : {}),
      fields: rest,
    };
  } catch {
    return undefined;
  }
}

function clock(at: string, today: Date): string {
  const time = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  const clockTime = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  if (time.toDateString() === today.toDateString()) return clockTime;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clockTime}`;
}

/** `api.2.xqk1h28yeb6f` is `api.2`; a task of ECS has an id of 32 digits. */
function shortTask(service: string, task: string): string {
  if (!task.startsWith(`${service}.`)) return `${service}.${task.slice(0, 8)}`;
  return task.split('.').slice(0, 2).join('.');
}

const styles: Readonly<Record<string, Style>> = {
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
  debug: 'dim',
  trace: 'dim',
};

/** In every line, and of no use to who reads the lines of one environment. */
const understood: ReadonlySet<string> = new Set([
  'time',
  'service',
  'version',
  'environment',
  'region',
  'operation',
  'correlationId',
  'traceId',
  'userId',
  'err',
]);

function describe(written: Written, paint: Paint): readonly string[] {
  const { level = 'info', fields } = written;
  const style = styles[level];
  const mark = level === 'info' ? [] : [style === undefined ? level.toUpperCase() : paint(style, level.toUpperCase())];
  if (isRequest(written)) return [...mark, sentenceOf(written)];
  const request = style === undefined || style === 'dim' ? undefined : fields['correlationId'];
  const tail = [...factsOf(written), ...(request === undefined ? [] : [`correlationId=${String(request)}`])];
  return [...mark, sentenceOf(written), ...(tail.length === 0 ? [] : [paint('dim', tail.join(' '))])];
}

function isRequest({ msg, fields }: Written): boolean {
  return msg === 'request' && typeof fields['path'] === 'string';
}

function sentenceOf(written: Written): string {
  const { msg = '', fields } = written;
  const { method, path, statusCode, durationMs } = fields;
  if (!isRequest(written)) return `${msg}${causeOf(fields['err'])}`;
  return `${String(method)} ${String(path)} ${String(statusCode)} ${Math.round(Number(durationMs))} ms`;
}

/** What else it says; a request has said all. */
function factsOf(written: Written): readonly string[] {
  if (isRequest(written)) return [];
  return Object.entries(written.fields)
    .filter(([name, value]) => !understood.has(name) && typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`);
}

/** What went wrong, down to the first cause. */
function causeOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { message, cause } = Object.fromEntries(Object.entries(err));
  return `${typeof message === 'string' ? `: ${message}` : ''}${causeOf(cause)}`;
}
