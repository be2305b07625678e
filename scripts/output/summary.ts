import { formatSeconds } from '../messages/duration.ts';
import type { Paint, Style } from './paint.ts';

/** What every command ends with: what it did, how long it took, what to do next. */
export interface Summary {
  readonly did: string;
  readonly seconds: number;
  /** How it ended; `done` when absent. */
  readonly ending?: Ending;
  /** What else is worth knowing: the URL, a warning, a table. */
  readonly lines?: readonly string[];
  /** Commands, each with what it is for. */
  readonly next?: readonly Next[];
}

/**
 * - `done`: what was asked for is so
 * - `found`: the command did its work and found something wrong; it has an exit code of its own
 * - `nothing`: there was nothing to do or to show
 * - `attention`: it is done, and something about it cannot be told or is not as it should be
 */
export type Ending = 'done' | 'found' | 'nothing' | 'attention';

const marks: Readonly<Record<Ending, readonly [Style, string]>> = {
  done: ['green', '✓'],
  found: ['red', '✗'],
  nothing: ['dim', '–'],
  attention: ['yellow', '!'],
};

export interface Next {
  readonly command: string;
  readonly purpose: string;
}

export function renderSummary({ did, seconds, ending = 'done', lines = [], next = [] }: Summary, paint: Paint): string {
  const width = Math.max(0, ...next.map(({ command }) => command.length));
  return [
    ...(lines.length === 0 ? [] : [...lines, '']),
    `${paint(...marks[ending])} ${paint('bold', did)} ${paint('dim', `(${formatSeconds(seconds)})`)}`,
    ...next.map(({ command, purpose }) => `  ${paint('cyan', command.padEnd(width))}  ${paint('dim', purpose)}`),
  ].join('\n');
}
