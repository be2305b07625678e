import { z } from 'zod';

/** In words for clients; see `unstorableIn`. */
export const storableRule = 'must be well-formed Unicode without U+0000';

type Path = readonly PropertyKey[];

interface Place {
  readonly value: unknown;
  readonly key: string;
  readonly parent: Place | undefined;
}

/**
 * Where in `value`, at up to `most` places, there is text that Postgres can't store as it came: a lone surrogate (it would
 * become U+FFFD, or fail in jsonb) or NUL. JavaScript accepts both, so this is asked of every argument, whatever its
 * schema says.
 */
export function unstorableIn(value: unknown, most: number): readonly Path[] {
  const found: Path[] = [];
  // Not by recursion, and without a path for each: a body may be nested deeper than the stack.
  const waiting: Place[] = [{ value, key: '', parent: undefined }];
  for (let place = waiting.pop(); place !== undefined && found.length < most; place = waiting.pop()) {
    if (typeof place.value === 'string') {
      if (!isStorable(place.value)) {
        found.push(pathTo(place));
      }
    } else if (typeof place.value === 'object' && place.value !== null) {
      for (const [key, child] of Object.entries(place.value)) {
        if (!isStorable(key)) {
          found.push(pathTo(place));
        }
        waiting.push({ value: child, key, parent: place });
      }
    }
  }
  return found;
}

function pathTo(place: Place): Path {
  const path: string[] = [];
  for (let at = place; at.parent !== undefined; at = at.parent) {
    path.unshift(at.key);
  }
  return path;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** What String.prototype.trim takes away, spelt out: `\s` means something else in each dialect of patterns. */
const space = String.raw`\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;
const anyText = String.raw`^[^\u0000]*$`;
const visibleText = String.raw`^[^\u0000]*[^\u0000${space}][^\u0000]*$`;

interface TextRule {
  readonly most: number;
  readonly least?: number;
  /** For the document. */
  readonly example: string;
}

/** Text of so many code points, which is how JSON Schema and Postgres count; JavaScript counts otherwise. */
export function text({ most, least = 0, example }: TextRule) {
  return z
    .string()
    .refine((value) => codePoints(value) >= least, `must have at least ${least} characters`)
    .refine((value) => codePoints(value) <= most, `must not be longer than ${most} characters`)
    .meta({ ...(least === 0 ? {} : { minLength: least }), maxLength: most, pattern: anyText, examples: [example] });
}

/** The same, with more than white space in it, which is taken away at both ends. */
export function visible({ most, example }: TextRule) {
  return text({ most, example })
    .refine((value) => value.trim() !== '', 'must have a character that is not white space')
    .meta({ minLength: 1, maxLength: most, pattern: visibleText, examples: [example] })
    .transform((value) => value.trim());
}

function codePoints(value: string): number {
  let count = value.length;
  for (let index = 0; index < value.length; index += 1) {
    // The first half of a pair; lone ones were refused before.
    const unit = value.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00) {
      count -= 1;
    }
  }
  return count;
}
