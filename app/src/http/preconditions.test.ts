import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../errors/invalid-input.ts';
import {
  entityTag,
  isNotModified,
  parseIfMatch,
  parseIfNoneMatch,
  refuseUnmatched,
  VersionMismatch,
} from './preconditions.ts';

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

describe('If-None-Match', () => {
  it('compares weakly: W/ makes no difference', () => {
    expect(parseIfNoneMatch('W/"7", "8"')).toEqual([7, 8]);
    expect(parseIfNoneMatch('*')).toBe('any');
    expect(() => parseIfNoneMatch('7')).toThrow(InvalidInput);
  });
});

describe('what is read', () => {
  const given = (ifMatch: string | undefined, ifNoneMatch: string | undefined) =>
    isNotModified({ ifMatch: parseIfMatch(ifMatch), ifNoneMatch: parseIfNoneMatch(ifNoneMatch) }, 7);

  it.each<[string | undefined, string | undefined, boolean]>([
    [undefined, undefined, false],
    ['"7"', undefined, false],
    ['*', undefined, false],
    [undefined, '"7"', true],
    [undefined, 'W/"7"', true],
    [undefined, '"6"', false],
    [undefined, '*', true],
    ['"7"', '"7"', true],
  ])('If-Match %s, If-None-Match %s: not modified is %s', (ifMatch, ifNoneMatch, outcome) => {
    expect(given(ifMatch, ifNoneMatch)).toBe(outcome);
  });

  it('fails when If-Match names others, whatever If-None-Match says', () => {
    expect(() => given('"6"', '"7"')).toThrow(VersionMismatch);
  });
});

describe('a target without entity tags', () => {
  it.each([
    [{ 'if-match': '"7"' }, false],
    [{ 'if-match': '"7"' }, true],
    [{ 'if-none-match': '*' }, true],
  ])('refuses %j (changes: %s)', (headers, changes) => {
    expect(() => refuseUnmatched(headers, changes)).toThrow(VersionMismatch);
  });

  it.each([
    [{ 'if-match': '*' }, true],
    [{ 'if-none-match': '"7"' }, true],
    [{ 'if-none-match': '"7"' }, false],
    [{ 'if-none-match': '*' }, false],
    [{}, true],
  ])('continues with %j (changes: %s)', (headers, changes) => {
    expect(() => refuseUnmatched(headers, changes)).not.toThrow();
  });
});
