import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { type Certificates, createCertificates, hasOpenssl } from './support/certificates.ts';
import { createDatabase, eventually, RunningApp, run, type Variables } from './support/running-app.ts';

/** A server that refuses whoever comes without TLS. */
function startServer({ serverCertificate, serverKey }: Certificates): Promise<PostgresServer> {
  return PostgresServer.start(['ssl=on', 'ssl_cert_file=server.crt', 'ssl_key_file=server.key'], {
    'server.crt': serverCertificate,
    'server.key': serverKey,
    // The tests create their database without TLS, as postgres' own database; all others are reached with it only.
    'pg_hba.conf': 'host postgres all all scram-sha-256\nhostssl all all all scram-sha-256\n',
  });
}

describe.skipIf(!hasOpenssl)('the connection to the database (needs openssl on this machine)', () => {
  let authority: Certificates;
  let server: PostgresServer | undefined;
  let database: Variables;

  beforeAll(async () => {
    authority = createCertificates('DNS:localhost');
    server = await startServer(authority);
    database = {
      ...(await createDatabase({ migrated: false }, server.address)),
      DATABASE_HOST: 'localhost',
      DATABASE_TLS: 'verify-full',
    };
  });
  afterAll(() => server?.remove());

  const reasonOf = async (variables: Variables): Promise<unknown> => {
    const app = await RunningApp.spawn(variables);
    onTestFinished(() => app.kill());
    await app.becomes(503, '/ready');
    const reason = () => app.logs.find(({ operation }) => operation === 'database.connect');
    await eventually(() => reason() !== undefined, 'the first attempt to connect');
    return reason()?.['err'];
  };

  it('is made when the server is who it says it is', async () => {
    const trusting = { ...database, DATABASE_CA: authority.certificate };
    expect(await run('migrate.js', trusting)).toMatchObject({ code: 0 });
    const app = await RunningApp.start(trusting);
    expect(await app.statusOf('/todos')).toBe(200);
  });

  it('is not made when an authority signed it that is not ours', async () => {
    expect(await reasonOf(database)).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(await run('migrate.js', database)).toMatchObject({ code: 1 });
  });

  it('is not made when the certificate is for another host', async () => {
    const elsewhere = { ...database, DATABASE_CA: authority.certificate, DATABASE_HOST: '127.0.0.1' };
    expect(await reasonOf(elsewhere)).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is not made without TLS to a server that asks for it', async () => {
    expect(await reasonOf({ ...database, DATABASE_TLS: 'disable' })).toMatchObject({ code: '28000' });
  });

  it('is not made with TLS to a server that has none', async () => {
    expect(
      await reasonOf({ ...(await createDatabase({ migrated: false })), DATABASE_TLS: 'verify-full' }),
    ).toMatchObject({
      message: 'The server does not support SSL connections',
    });
  });
});
