import { describe, expect, it } from 'vitest';
import { connectionOptions, retryDelayMs } from './connection-options.ts';

const settings = { host: 'valkey.internal', port: 6379, user: 'default', password: 'p' } as const;

describe('a connection to Valkey', () => {
  it('verifies the server against the public authorities and those given', () => {
    const { tls } = connectionOptions({ ...settings, tls: { mode: 'verify-full', extraAuthorities: ['ours'] } });
    expect(tls).toMatchObject({ rejectUnauthorized: true, ca: expect.arrayContaining(['ours']) });
    expect(tls?.ca).toHaveProperty('length', expect.any(Number));
    expect(Array.isArray(tls?.ca) ? tls.ca.length : 0).toBeGreaterThan(100);
  });

  it('is without TLS where that is said', () => {
    expect(connectionOptions({ ...settings, tls: { mode: 'disable' } })).not.toHaveProperty('tls');
  });

  it.each([
    [1, 0, 50],
    [1, 1, 100],
    [3, 1, 400],
    [3, 0.5, 225],
    [100, 1, 2_000],
    [100, 0, 50],
  ])('is tried again after attempt %i, at luck %f, in %i ms', (attempt, random, delayMs) => {
    expect(retryDelayMs(attempt, random)).toBe(delayMs);
  });
});
