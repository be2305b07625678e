import { describe, expect, it } from 'vitest';
import { parseCursor, renderCursor } from './cursor.ts';

const id = '0189f7a4-3c4b-4d5e-8f60-718293a4b5c6';

describe('a cursor', () => {
  it.each([
    '2026-11-21T09:00:00.123Z',
    '1970-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59.999Z',
  ])('keeps the position of %s to the millisecond', (createdAt) => {
    const position = { createdAt: new Date(createdAt), id };
    expect(parseCursor(renderCursor(position))).toEqual(position);
  });

  it('needs no escaping in a URL', () => {
    const text = renderCursor({ createdAt: new Date(), id: 'ffffffff-ffff-4fff-bfff-fffffffffffe' });
    expect(encodeURIComponent(text)).toBe(text);
    expect(text).toHaveLength(32);
  });

  it.each([
    ['empty', ''],
    ['too short', 'AAAA'],
    ['too long', `${renderCursor({ createdAt: new Date(), id })}AA`],
    ['padded', `${renderCursor({ createdAt: new Date(), id })}=`],
    ['with other characters', '!'.repeat(32)],
    ['in the other base64 alphabet', '+'.repeat(32)],
    ['a moment that no Date can hold', Buffer.alloc(24, 0x7f).toString('base64url')],
  ])('is refused when it is %s', (_name, text) => {
    expect(parseCursor(text)).toBeUndefined();
  });
});
