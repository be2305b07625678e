import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessTokens } from './access-tokens.ts';

const [first, second] = ['first-secret-0123456789-0123456789', 'second-secret-0123456789-0123456789'] as const;
const userId = '0189f7a4-3c4b-4d5e-8f60-718293a4b5c6';
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const kid = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 8);

function forged(header: unknown, claims: unknown, secret: string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const later = Math.floor(Date.now() / 1_000) + 60;

describe('an access token', () => {
  afterEach(() => vi.useRealTimers());

  it('says whose it is', () => {
    const tokens = new AccessTokens([first]);
    expect(tokens.userIdOf(tokens.sign(userId))).toBe(userId);
  });

  it('is a JWT that names its key and says nothing about the user but the id', () => {
    const [header, claims] = new AccessTokens([first])
      .sign(userId)
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: kid(first) });
    expect(claims).toEqual({ sub: userId, iat: expect.any(Number), exp: claims.iat + 900 });
  });

  it('holds for a quarter of an hour', () => {
    vi.useFakeTimers({ now: new Date('2026-11-21T09:00:00Z') });
    const tokens = new AccessTokens([first]);
    const token = tokens.sign(userId);
    vi.setSystemTime(new Date('2026-11-21T09:14:59Z'));
    expect(tokens.userIdOf(token)).toBe(userId);
    vi.setSystemTime(new Date('2026-11-21T09:15:01Z'));
    expect(tokens.userIdOf(token)).toBeUndefined();
  });

  it('outlives its secret’s turn to sign, and ends when the secret is taken away', () => {
    const token = new AccessTokens([first]).sign(userId);
    const rotated = new AccessTokens([second, first]);
    expect(rotated.userIdOf(token)).toBe(userId);
    expect(rotated.userIdOf(rotated.sign(userId))).toBe(userId);
    expect(new AccessTokens([second]).userIdOf(token)).toBeUndefined();
    expect(new AccessTokens([second]).userIdOf(rotated.sign(userId))).toBe(userId);
  });

  it('is known among many more than are remembered', () => {
    const tokens = new AccessTokens([first]);
    const users = Array.from({ length: 2_500 }, (_, index) => `user-${index}`);
    const signed = users.map((user) => tokens.sign(user));
    for (let round = 0; round < 2; round += 1) {
      expect(signed.map((token) => tokens.userIdOf(token))).toEqual(users);
    }
  });

  const valid = new AccessTokens([first]).sign(userId);
  const ours = { alg: 'HS256', typ: 'JWT', kid: kid(first) };
  it.each([
    ['nothing', ''],
    ['no token', 'nonsense'],
    ['one without signature', `${valid.split('.').slice(0, 2).join('.')}.`],
    ['one with another signature', `${valid.slice(0, -4)}AAAA`],
    [
      'one with other claims',
      [valid.split('.')[0], encode({ sub: 'someone', exp: later }), valid.split('.')[2]].join('.'),
    ],
    ['one signed with another secret', forged(ours, { sub: userId, exp: later }, second)],
    ['one without algorithm', `${encode({ ...ours, alg: 'none' })}.${encode({ sub: userId, exp: later })}.`],
    ['one with another algorithm', forged({ ...ours, alg: 'HS512' }, { sub: userId, exp: later }, first)],
    ['one without key id', forged({ alg: 'HS256', typ: 'JWT' }, { sub: userId, exp: later }, first)],
    ['one that never expires', forged(ours, { sub: userId }, first)],
    ['one of nobody', forged(ours, { exp: later }, first)],
  ])('is refused when it is %s', (_name, token) => {
    expect(new AccessTokens([first]).userIdOf(token)).toBeUndefined();
  });
});
