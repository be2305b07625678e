import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { Refusal, UserError } from './user-error.ts';

it.each([
  ['a rule that stopped a command before its first change', new Refusal({ code: 'X', message: 'x' }), 3],
  ['work that failed', new UserError({ code: 'X', message: 'x' }), 1],
  ['wrong arguments', new UserError({ code: 'USAGE', message: 'x' }), 2],
  ['an interruption', new UserError({ code: 'INTERRUPTED', message: 'x' }), 130],
  ['a bug', undefined, 1],
])('%s has an exit code of its own', (_, error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});

it('docs/troubleshooting.md lists every exit code', () => {
  const page = readFileSync(`${import.meta.dirname}/../../docs/troubleshooting.md`, 'utf8');
  const listed = [...page.matchAll(/^\| `(\d+)` \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]);
  expect(Object.fromEntries(listed)).toEqual(exitCodes);
});
