import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidInput } from '../errors/invalid-input.ts';
import { SchemaPipe } from './validation.ts';

const pipe = new SchemaPipe();
const body = z.strictObject({ tags: z.array(z.string()), size: z.number().default(1) });

function errorsOf(value: unknown): InvalidInput['errors'] {
  try {
    pipe.transform(value, { type: 'body', schema: body });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return error instanceof InvalidInput ? error.errors : [];
  }
}

describe('the schema pipe', () => {
  it('gives the handler what the schema made of the value', () => {
    expect(pipe.transform({ tags: ['a'] }, { type: 'body', schema: body })).toEqual({ tags: ['a'], size: 1 });
  });

  it('points at each place by JSON pointer', () => {
    expect(errorsOf({ tags: ['a', 2], 'a/b': 1, '~': 1 }).map(({ pointer }) => pointer)).toEqual([
      '/tags/1',
      '/a~1b',
      '/~0',
    ]);
  });

  it('names the parameter when there is one', () => {
    expect(() => pipe.transform('x', { type: 'param', data: 'id', schema: z.uuid() })).toThrow(InvalidInput);
  });

  it('lists twenty errors at most, however many there are', () => {
    expect(errorsOf({ tags: Array.from({ length: 1_000 }, () => 1) })).toHaveLength(20);
  });

  it.each(['body', 'query', 'param'] as const)(
    'refuses a %s argument without schema: it would not be validated',
    (type) => {
      expect(() => pipe.transform({}, { type })).toThrow(`a ${type} argument has no schema`);
    },
  );
});
