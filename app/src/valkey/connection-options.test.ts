import { describe, expect, it } from 'vitest';
import { connectionOptions, hasLostItsRole, retryDelayMs } from './connection-options.ts';

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

  // As Valkey 8 and Redis 7 say it; the second from inside a script, the third as older ones do.
  it.each([
    ["READONLY You can't write against a read only replica.", true],
    ["READONLY You can't write against a read only replica. script: 04ab, on @user_script:1.", true],
    ["ERR Error running script: @user_script:1: -READONLY You can't write against a read only replica.", true],
    ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', true],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", false],
  ])('is made again after "%s": %s', (message, made) => {
    expect(hasLostItsRole(new Error(message))).toBe(made);
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
