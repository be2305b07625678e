import { formatSeconds } from '../messages/duration.ts';
import type { Paint, Style } from './paint.ts';
import { wrapLine } from './wrap.ts';

/** The end of every command: what it did, how long it took, what to do next. */
export interface Summary {
  readonly did: string;
  readonly seconds: number;
  /** How it ended; `done` when absent. */
  readonly ending?: Ending;
  /** More worth knowing: the URL, a warning. */
  readonly lines?: readonly string[];
  /** Commands, each with its purpose. */
  readonly next?: readonly Next[];
}

/**
 * - `done`: the command did what was asked
 * - `found`: the command did its work and found something wrong; it has an exit code of its own
 * - `nothing`: there was nothing to do or to show
 * - `attention`: done, but something is unknown or needs attention
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

/** @param columns of the terminal. Lines with commands and addresses stay whole, so that they can be copied. */
export function renderSummary(
  { did, seconds, ending = 'done', lines = [], next = [] }: Summary,
  paint: Paint,
  columns = Number.POSITIVE_INFINITY,
): string {
  const width = Math.max(0, ...next.map(({ command }) => command.length));
  return [
    ...(lines.length === 0 ? [] : [...lines, '']),
    ...wrapLine(
      `${paint(...marks[ending])} ${paint('bold', did)} ${paint('dim', `(${formatSeconds(seconds)})`)}`,
      columns,
    ),
    ...next.map(({ command, purpose }) => `  ${paint('cyan', command.padEnd(width))}  ${paint('dim', purpose)}`),
  ].join('\n');
}
