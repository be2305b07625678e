import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { mailCaps } from '../src/mail/mail-budget.ts';
import { Client, type LoggedIn, register } from './support/client.ts';
import { addJob, figuresOf } from './support/jobs-in-database.ts';
import { neverLogged } from './support/never-logged.ts';
import { startReceiver } from './support/receiver.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { startSes } from './support/ses-server.ts';
import { ValkeyServer, valkeyMissing } from './support/valkey-server.ts';

const missing = valkeyMissing();

describe.skipIf(missing !== undefined)(`mails${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let valkey: ValkeyServer;
  let database: Variables;

  beforeAll(async () => {
    valkey = await ValkeyServer.start();
  });
  afterAll(() => valkey?.remove());
  beforeEach(async () => {
    // The queue belongs to one database.
    await valkey.kill();
    await valkey.start();
    database = await createDatabase({ migrated: true });
  });

  const start = async () => {
    const { mails, variables } = await startSes();
    const everything = { ...database, ...valkey.variables };
    const app = await RunningApp.start(everything);
    const worker = await RunningApp.spawn(
      { ...everything, ...variables, SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '4', WEBHOOK_TARGETS: 'any' },
      'worker.js',
    );
    onTestFinished(() => worker.kill());
    await worker.becomes(200, '/health');
    return { app, mails, worker };
  };

  /** Whose mails are not held back for the domain's sake; the server that takes them is the test's own. */
  const someone = () => neverLogged(`someone-${randomUUID()}@todos-e2e.dev`);
  const registerAs = (app: RunningApp, email: string) => register(app, { email, password: 'a password of a test' });

  const remindNow = async ({ client }: LoggedIn, count: number) => {
    for (let number = 1; number <= count; number += 1) {
      const body = {
        title: `Buy my pills, number ${number}`,
        remindAt: new Date(Date.now() + 3_600_000).toISOString(),
      };
      expect((await client.send('POST', '/todos', { body })).status).toBe(201);
    }
    await withClient(database, (connection) =>
      connection.query('UPDATE todos SET remind_at = now() WHERE reminded_for IS NULL'),
    );
    await eventually(async () => (await unremindedIn(database)) === 0, 'the reminders to be scheduled', 20_000);
    await allDone();
  };
  const allDone = () => eventually(async () => (await figuresOf(database)).open === 0, 'all jobs to be done', 60_000);

  const tokenIn = (text: string | undefined) =>
    neverLogged(/^[\w-]{43}$/m.exec(text ?? '')?.[0] ?? 'no token in the mail');
  const verify = (user: LoggedIn, token: string) =>
    user.client.send('POST', '/users/me/verify-email', { body: { token } });
  const prove = async (user: LoggedIn, mails: readonly { readonly text: string }[]) => {
    await allDone();
    expect((await verify(user, tokenIn(mails.at(-1)?.text))).status).toBe(200);
  };

  it('go once to an address that nobody has proven, whatever its account is made to do', async () => {
    const { app, mails, worker } = await start();
    const email = someone();
    await remindNow(await registerAs(app, email), 60);
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Confirm your email address']]);
    expect(JSON.stringify(mails)).not.toContain('pills');
    expect(worker.logs.filter(({ level }) => level === 'error')).toEqual([]);
  }, 120_000);

  it('need the code of the mail and the account that it was sent for', async () => {
    const { app, mails } = await start();
    const [user, other] = [await registerAs(app, someone()), await registerAs(app, someone())];
    await eventually(() => mails.length === 2, 'both mails');
    const token = tokenIn(mails.find(({ to }) => to === user.account.email)?.text);
    const me = async () => (await user.client.send('GET', '/users/me')).body;
    expect(await me()).toMatchObject({ emailVerified: false });
    for (const refused of [await verify(other, token), await verify(user, `${token.slice(0, -2)}AA`)]) {
      expect(refused).toMatchObject({ status: 422, body: { code: 'VERIFICATION_REFUSED' } });
    }
    expect(await verify(user, 'no token')).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
    expect((await new Client(app).send('POST', '/users/me/verify-email', { body: { token } })).status).toBe(401);
    expect(await verify(user, token)).toMatchObject({ status: 200, body: { emailVerified: true } });
    // Its answer may have been lost.
    expect(await verify(user, token)).toMatchObject({ status: 200, body: { emailVerified: true } });
    expect(await me()).toMatchObject({ emailVerified: true });

    await remindNow(user, 1);
    expect(mails.slice(2)).toEqual([
      { to: user.account.email, subject: 'Reminder', text: 'You wanted to be reminded of: Buy my pills, number 1\n' },
    ]);
  }, 60_000);

  it('with a code can be asked for again, seldom, and only while they are needed', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    const ask = () => user.client.send('POST', '/users/me/verification-mail');
    for (let count = 1; count <= mailCaps.verificationsOnRequest; count += 1) {
      expect((await ask()).status).toBe(202);
    }
    const refused = await ask();
    expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await allDone();
    expect(mails).toHaveLength(1 + mailCaps.verificationsOnRequest);
    // The first is as good as the last.
    expect((await verify(user, tokenIn(mails[0]?.text))).status).toBe(200);
    expect(await ask()).toMatchObject({ status: 409, body: { code: 'EMAIL_ALREADY_VERIFIED' } });
  }, 60_000);

  it('with a code expire', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    await allDone();
    await withClient(database, (client) => client.query(`UPDATE email_verifications SET expires_at = now()`));
    expect((await verify(user, tokenIn(mails[0]?.text))).status).toBe(422);
  });

  it('tell the owner that a webhook was disabled, once', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    await prove(user, mails);
    const { url } = await startReceiver(({ response }) => response.writeHead(410).end());
    const { id } = (await user.client.send('GET', '/users/me')).body as { id: string };
    await withClient(database, (client) =>
      client.query(`INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, 'whsec_bm9uZQ==')`, [id, url]),
    );
    await Promise.all([1, 2, 3].map(() => addJob(database, 'todo-completed', { todoId: randomUUID(), userId: id })));
    await allDone();
    expect(mails.slice(1)).toMatchObject([
      {
        to: user.account.email,
        subject: 'Your webhook was disabled',
        text: expect.stringMatching(/^Its receiver answered 410 Gone\./),
      },
    ]);
  }, 60_000);

  it('to one address are few, however many accounts are made with it one after another', async () => {
    const { app, mails } = await start();
    const email = someone();
    for (let count = 1; count <= mailCaps.verificationsPerRecipient + 3; count += 1) {
      const user = await registerAs(app, email);
      await allDone();
      expect((await user.client.send('DELETE', '/users/me')).status).toBe(204);
    }
    expect(mails).toHaveLength(mailCaps.verificationsPerRecipient);
  }, 60_000);

  it('of one account are no more than its cap in a day', async () => {
    const { app, mails, worker } = await start();
    const user = await registerAs(app, someone());
    await prove(user, mails);
    await remindNow(user, mailCaps.perAccount + 5);
    expect(mails).toHaveLength(mailCaps.perAccount);
    expect(worker.logs.filter(({ outcome }) => outcome === 'undeliverable')).toHaveLength(6);
    await withClient(database, (client) => client.query('UPDATE mail_counts SET day = day - 1'));
    await remindNow(user, 1);
    expect(mails).toHaveLength(mailCaps.perAccount + 1);
  }, 120_000);
});

async function unremindedIn(database: Variables): Promise<number> {
  return withClient(database, async (client) => {
    const { rows } = await client.query('SELECT FROM todos WHERE reminded_for IS NULL');
    return rows.length;
  });
}
