import { formatSeconds } from '../messages/duration.ts';
import type { Paint } from './paint.ts';

/** What every command ends with: what it did, how long it took, what to do next. */
export interface Summary {
  readonly did: string;
  readonly seconds: number;
  /** False: the command did its work, and found something wrong. */
  readonly passed?: boolean;
  /** What else is worth knowing: the URL, a warning, a table. */
  readonly lines?: readonly string[];
  /** Commands, each with what it is for. */
  readonly next?: readonly Next[];
}

export interface Next {
  readonly command: string;
  readonly purpose: string;
}

export function renderSummary({ did, seconds, passed = true, lines = [], next = [] }: Summary, paint: Paint): string {
  const width = Math.max(0, ...next.map(({ command }) => command.length));
  return [
    ...(lines.length === 0 ? [] : [...lines, '']),
    `${passed ? paint('green', '✓') : paint('red', '✗')} ${paint('bold', did)} ${paint('dim', `(${formatSeconds(seconds)})`)}`,
    ...next.map(({ command, purpose }) => `  ${paint('cyan', command.padEnd(width))}  ${paint('dim', purpose)}`),
  ].join('\n');
}
