import { describe, expect, it } from 'vitest';
import { hashOf, newRefreshToken, parseRefreshToken, renderRefreshToken } from './refresh-token.ts';

const sessionId = '0189f7a4-3c4b-4d5e-8f60-718293a4b5c6';

describe('a refresh token', () => {
  it('keeps its session and its secret on the way through a client', () => {
    const token = newRefreshToken(sessionId);
    expect(parseRefreshToken(renderRefreshToken(token))).toEqual(token);
  });

  it('is another one each time', () => {
    expect(newRefreshToken(sessionId)).not.toEqual(newRefreshToken(sessionId));
  });

  it('is known by its hash, and no other is', () => {
    const token = newRefreshToken(sessionId);
    expect(hashOf(token)).toEqual(hashOf({ ...token }));
    expect(hashOf(token)).not.toEqual(hashOf(newRefreshToken(sessionId)));
  });

  const rendered = renderRefreshToken(newRefreshToken(sessionId));
  it.each([
    ['empty', ''],
    ['something else', 'nonsense'],
    ['too short', rendered.slice(0, -1)],
    ['too long', `${rendered}A`],
    ['without its session', rendered.slice(rendered.indexOf('.'))],
  ])('is refused when it is %s', (_name, text) => {
    expect(parseRefreshToken(text)).toBeUndefined();
  });
});
