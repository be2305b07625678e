import pg from 'pg';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { passwordsAskedFor } from '../../test/support/password-server.ts';
import { clientOptions } from './postgres-options.ts';

const address = {
  host: '127.0.0.1',
  name: 'todos',
  user: 'app',
  tls: { mode: 'disable' },
  connectTimeoutMs: 1_000,
} as const;

describe('the password of a connection', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('with IAM is a token for exactly this user and host, new for each connection of the pool', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example-secret-key');
    const { port, given } = await passwordsAskedFor();
    const pool = new pg.Pool(
      clientOptions({ ...address, port, authentication: { mode: 'iam', region: 'eu-central-1' } }, 'test'),
    );
    pool.on('error', () => undefined);
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T09:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    await expect(pool.connect()).rejects.toThrow();
    vi.setSystemTime(new Date('2026-11-21T09:20:00Z'));
    await expect(pool.connect()).rejects.toThrow();
    await pool.end();

    const tokens = given.map((token) => new URL(`https://${token}`));
    expect(tokens.map(({ host, searchParams }) => ({ host, ...Object.fromEntries(searchParams) }))).toEqual(
      ['20261121T090000Z', '20261121T092000Z'].map((date) =>
        expect.objectContaining({
          host: `127.0.0.1:${port}`,
          Action: 'connect',
          DBUser: 'app',
          'X-Amz-Date': date,
          'X-Amz-Expires': '900',
          'X-Amz-Credential': 'AKIDEXAMPLE/20261121/eu-central-1/rds-db/aws4_request',
        }),
      ),
    );
    expect(given[0]).not.toBe(given[1]);
  });

  it('without it is the one that was given', async () => {
    const { port, given } = await passwordsAskedFor();
    const client = new pg.Client(
      clientOptions({ ...address, port, authentication: { mode: 'password', password: 'given' } }, 'test'),
    );
    await expect(client.connect()).rejects.toThrow();
    expect(given).toEqual(['given']);
  });
});
