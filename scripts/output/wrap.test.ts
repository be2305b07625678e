import { expect, it } from 'vitest';
import { wrapWords } from './wrap.ts';

it.each([
  ['', 10, '', []],
  ['one two', 10, '', ['one two']],
  ['one two three', 7, '', ['one two', 'three']],
  ['one two three', 9, '  ', ['  one two', '  three']],
  ['a /very/long/path b', 6, '', ['a', '/very/long/path', 'b']],
])('wrapWords breaks %j at %i only between words', (text, width, indent, lines) => {
  expect(wrapWords(text, width, indent)).toEqual(lines);
});
