import { inspect } from 'node:util';
import { userErrorOf } from '../messages/known-error.ts';
import type { Paint } from './paint.ts';

export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly rule?: string;
    readonly remedy?: string;
    readonly details?: string;
  };
}

/** What `--json` prints for an error. A bug keeps its stack. */
export function errorDocument(error: unknown): ErrorDocument {
  const known = userErrorOf(error);
  if (known === undefined) {
    return { error: { code: 'BUG', message: messageOf(error), details: inspect(error) } };
  }
  const { code, message, rule, remedy, details } = known;
  return {
    error: {
      code,
      message,
      ...(rule === undefined ? {} : { rule }),
      ...(remedy === undefined ? {} : { remedy }),
      ...(details === undefined || details === '' ? {} : { details }),
    },
  };
}

/** For people: what is wrong, the evidence, the rule, and last, where the eye rests, what to do. */
export function renderError(error: unknown, paint: Paint): string {
  const known = userErrorOf(error);
  if (known === undefined) {
    return `${paint('red', '✗ This is a bug.')} Please report it with what follows.\n\n${inspect(error)}`;
  }
  const { code, message, rule, remedy, details } = known;
  return [
    `${paint('red', '✗')} ${paint('bold', message)} ${paint('dim', `[${code}]`)}`,
    ...(details === undefined || details === '' ? [] : ['', indent(details), '']),
    ...(rule === undefined ? [] : [`  ${paint('dim', 'Rule:')} ${rule}`]),
    ...(remedy === undefined ? [] : [`  ${paint('cyan', '→')} ${remedy}`]),
  ].join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}
