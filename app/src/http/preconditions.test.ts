import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../errors/invalid-input.ts';
import { entityTag, parseIfMatch } from './if-match.ts';

describe('If-Match', () => {
  it.each<[string | undefined, ReturnType<typeof parseIfMatch>]>([
    [undefined, undefined],
    ['*', 'any'],
    [entityTag(7), [7]],
    ['"1", "22" ,"333"', [1, 22, 333]],
    ['W/"7"', []],
    ['"7", W/"8"', [7]],
    ['"of-another-server"', []],
    ['""', []],
  ])('%s names %j', (header, versions) => {
    expect(parseIfMatch(header)).toEqual(versions);
  });

  it.each(['', '7', '"7', '7"', '"7" "8"', '"7",', '*, "7"', "'7'"])('%s is refused', (header) => {
    expect(() => parseIfMatch(header)).toThrow(InvalidInput);
  });
});
