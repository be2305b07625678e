import { z } from 'zod';
import { plainLines, readToolFailure, type ToolFailure } from './tool-failure.ts';

/** A line as pino writes it: https://getpino.io/#/docs/api?id=base-object */
const logLine = z.object({
  level: z.union([z.string(), z.number()]).optional(),
  msg: z.string(),
  err: z.object({ message: z.string(), stack: z.string().optional() }).optional(),
});

type LogLine = z.output<typeof logLine>;

/** A line for a person: of a JSON line the message and that of its error; other lines as they are, without colours. */
export function readableLine(line: string): string {
  const parsed = parse(line);
  if (parsed === undefined) return plainLines(line).join('\n');
  const { msg, err } = parsed;
  return err === undefined ? msg : `${msg}: ${err.message}`;
}

/** What the log of a program that failed says went wrong: its last error in JSON, or the first one in plain text. */
export function readLogFailure(lines: readonly string[]): ToolFailure {
  const block = lines.map(readableLine);
  const fatal = lines.map(parse).findLast((line) => line !== undefined && isError(line));
  if (fatal === undefined) return readToolFailure(block);
  const { msg, err } = fatal;
  const { place } = readToolFailure((err?.stack ?? '').split('\n'));
  return {
    error: (err === undefined ? msg : `${msg}: ${err.message}`).replace(/\.$/, ''),
    ...(place === undefined ? {} : { place }),
    block,
  };
}

/** pino's levels: 50 is error, 60 is fatal. */
function isError({ level, err }: LogLine): boolean {
  return typeof level === 'number' ? level >= 50 : level === 'error' || level === 'fatal' || err !== undefined;
}

function parse(line: string): LogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
