import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { errorOf, releaseOf } from './expectations.ts';
import { oneTask } from './quick-settings.ts';

/**
 * An Express app as many are: `npm start`, port 8080, `/healthz`, `DATABASE_URL`, a migration that knows nothing of
 * roles. All that was written for the stack is its manifest. The tests build on each other in order.
 */
describe('an Express app on the stack', () => {
  let checkout: Checkout;
  let url: string;
  const get = async (path: string) => await (await fetch(`${url}${path}`)).json();

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-express`, { awkward: true });
    cpSync(join(import.meta.dirname, 'express-app'), join(checkout.directory, 'express-app'), { recursive: true });
    await checkout.configure('staging', { appDirectory: 'express-app', ...oneTask });
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('comes up with nothing but its manifest', async () => {
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    expect(releaseOf(up).version).toMatch(/^3\.1\.0-[0-9a-f]{12}$/);
    expect(up.talk).toContain('– smoke test: not checked, because the app’s manifest names none');
    url = String(up.json['url']);
  });

  it('keeps what it is given, as a role that cannot change the schema, over verified TLS', async () => {
    await fetch(`${url}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"text":"first"}',
    });
    expect(await get('/notes')).toEqual(['first']);
    expect(await get('/who')).toMatchObject({ user: 'app', ssl: true, drop: 'must be owner of table notes', key: 32 });
  });

  it('gets a variable of its stack file, and keeps its data', async () => {
    await checkout.edit('Pulumi.staging.yaml', (text) =>
      text.replace('config:\n', 'config:\n  app:GREETING: bonjour\n'),
    );
    const up = await checkout.stack('up', 'staging');
    expect(up.exitCode, up.talk).toBe(0);
    expect(await get('/who')).toMatchObject({ greeting: 'bonjour' });
    expect(await get('/notes')).toEqual(['first']);
  });

  it('has nothing to do the second time', async () => {
    const { json } = await checkout.stack('up', 'staging');
    expect(json['changed']).toBe(false);
  });

  it('is not rolled back past what its release command may have done, unless a person accepts it', async () => {
    await checkout.edit('express-app/server.js', (text) => text.replace("'ok'", "'fine'"));
    expect((await checkout.stack('up', 'staging')).exitCode).toBe(0);
    const refused = await checkout.stack('rollback', 'staging', '--yes');
    expect(refused.exitCode).toBe(3);
    expect(errorOf(refused).code).toBe('UNKNOWN_MIGRATION_BETWEEN');
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('fine');

    const rolled = await checkout.stack('rollback', 'staging', '--yes', '--accept-unknown-migrations');
    expect(rolled.exitCode, rolled.talk).toBe(0);
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok');
    expect(await get('/notes')).toEqual(['first']);
  });

  it('breaks what `npm start` breaks and nothing else, says verify --contract', async () => {
    const short = {
      longestRequestSeconds: '3',
      drainDelaySeconds: '3',
      closeMarginSeconds: '1',
      stopTimeoutSeconds: '9',
      databaseStatementTimeoutMs: '2000',
      databaseConnectTimeoutMs: '2000',
      albIdleTimeoutSeconds: '5',
    };
    await checkout.configure('staging', short);
    const report = errorOf(await checkout.stack('verify', 'staging', '--contract'));
    const rows = (report.details ?? '').split('\n');
    const starting = (mark: string) => rows.filter((row) => row.startsWith(mark)).map((row) => row.slice(2));

    expect(report.code).toBe('CONTRACT_NOT_KEPT');
    // npm's own banner.
    expect(starting('✗')[0]).toMatch(/^logs JSON lines: .*> express-app@/);
    // npm ends by the signal, at once; whether the server has answered everything by then is a race.
    for (const broken of starting('✗').slice(1)) {
      expect(broken).toMatch(/^loses no request when it is stopped under load, and ends in time: /);
    }
    for (const kept of [
      'GET /healthz stays 200 while the database is unreachable',
      'works with a read-only root file system',
      'keeps idle connections open for longer than the load balancer',
      'its release command has nothing to do the second time',
      'changes no schema as the role of the app',
    ]) {
      expect(starting('✓')).toContainEqual(expect.stringContaining(kept));
    }
    // Its pool is opened by a request that asks the database, and nothing here makes one.
    for (const unknown of [
      'opens no more database connections than it may',
      'writes to its folders only',
      'its readiness path is 503',
    ]) {
      expect(starting('–')).toContainEqual(expect.stringMatching(new RegExp(`^${unknown}.*: not checked`)));
    }
  });
});
