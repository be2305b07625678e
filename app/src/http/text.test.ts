import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { text, unstorableIn, visible } from './text.ts';

describe('text that Postgres cannot store', () => {
  it.each<[string, unknown, readonly (readonly string[])[]]>([
    ['nothing', { a: 'x', b: ['y', null, 1, true], c: '😀' }, []],
    ['NUL', { a: '\0' }, [['a']]],
    ['a lone high surrogate', { a: { b: ['ok', '\ud800'] } }, [['a', 'b', '1']]],
    ['a lone low surrogate', '\udc00', [[]]],
    ['a pair the wrong way round', ['\ude00\ud83d'], [['0']]],
    ['a name', { a: { '\ud800': 1 } }, [['a']]],
  ])('is found: %s', (_what, value, paths) => {
    expect(unstorableIn(value, 20)).toEqual(paths);
  });

  it('is looked for without a stack, and no further than asked', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}"\\ud800"${']'.repeat(100_000)}`);
    expect(unstorableIn(deep, 1)[0]).toHaveLength(100_000);
    expect(
      unstorableIn(
        Array.from({ length: 100 }, () => '\0'),
        20,
      ),
    ).toHaveLength(20);
  });
});

describe('a length', () => {
  it('is counted in code points, as JSON Schema and Postgres do', () => {
    expect(text({ most: 2, example: 'x' }).safeParse('😀😀').success).toBe(true);
    expect(text({ most: 2, example: 'x' }).safeParse('😀😀x').success).toBe(false);
    expect(text({ most: 9, least: 2, example: 'x' }).safeParse('😀').success).toBe(false);
  });

  it('is that of what was sent, not of what is left of it', () => {
    expect(visible({ most: 3, example: 'x' }).safeParse('abc ').success).toBe(false);
    expect(visible({ most: 3, example: 'x' }).parse(' a ')).toBe('a');
  });
});

describe('what a document says about text', () => {
  const patternOf = (schema: z.ZodType) => new RegExp(String(z.toJSONSchema(schema, { io: 'input' }).pattern), 'u');
  const spaces = [...Array(0xffff).keys()]
    .map((unit) => String.fromCharCode(unit))
    .filter((unit) => unit.trim() === '');

  it('is what is done, for each kind of white space and beside it', () => {
    expect(spaces.length).toBeGreaterThan(20);
    for (const space of [...spaces, 'x', '\u0085', '\u180e', '\u200b', ' x', '']) {
      expect([space, patternOf(visible({ most: 5, example: 'x' })).test(space)]).toEqual([
        space,
        visible({ most: 5, example: 'x' }).safeParse(space).success,
      ]);
    }
  });

  it('needs nothing that only JavaScript understands', () => {
    expect(patternOf(text({ most: 5, example: 'x' })).source).toBe(String.raw`^[^\u0000]*$`);
    expect(z.toJSONSchema(text({ most: 5, least: 2, example: 'x' }), { io: 'input' })).toMatchObject({
      minLength: 2,
      maxLength: 5,
    });
  });
});
