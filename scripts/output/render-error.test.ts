import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { plain } from './paint.ts';
import { errorDocument, renderError } from './render-error.ts';

describe('errors are rendered', () => {
  const error = new UserError({
    code: 'ROLLOUT_FAILED',
    message: '2.0.0 never got ready.',
    rule: 'A task is ready within 60 s.',
    remedy: 'Look at the logs.',
    details: 'last line 1\nlast line 2\n',
  });

  it('for a person: what, evidence, rule, remedy', () => {
    expect(renderError(error, plain)).toBe(
      [
        '✗ 2.0.0 never got ready. [ROLLOUT_FAILED]',
        '',
        '    last line 1',
        '    last line 2',
        '',
        '  Rule: A task is ready within 60 s.',
        '  → Look at the logs.',
      ].join('\n'),
    );
  });

  it('for a program: the same fields, none that is empty', () => {
    expect(errorDocument(error)).toEqual({
      error: {
        code: 'ROLLOUT_FAILED',
        message: '2.0.0 never got ready.',
        rule: 'A task is ready within 60 s.',
        remedy: 'Look at the logs.',
        details: 'last line 1\nlast line 2\n',
      },
    });
    expect(errorDocument(new UserError({ code: 'X', message: 'x' }))).toEqual({ error: { code: 'X', message: 'x' } });
  });

  it('a bug keeps its stack', () => {
    const bug = new TypeError('x is undefined');
    expect(renderError(bug, plain)).toContain(
      '✗ This is a bug. Please report it with what follows.\n\nTypeError: x is undefined\n    at ',
    );
    expect(errorDocument(bug).error).toMatchObject({ code: 'BUG', message: 'x is undefined' });
    expect(errorDocument(bug).error.details).toContain('render-error.test.ts');
  });
});
