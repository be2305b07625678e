import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { Client, type LoggedIn, register } from './support/client.ts';
import { addJob, figuresOf } from './support/jobs-in-database.ts';
import { neverLogged } from './support/never-logged.ts';
import { startReceiver } from './support/receiver.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { startSes } from './support/ses-server.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

describeWithValkey('mails', () => {
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

  it('with a code can be asked for again, until the day has no more, and only while they are needed', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    const askAgain = () => user.client.send('POST', '/users/me/verification-mail');
    expect((await askAgain()).status).toBe(202);
    await allDone();
    expect(mails).toHaveLength(2);
    await useUpCaps(database);
    const refused = await askAgain();
    expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // The first is as good as the last.
    expect((await verify(user, tokenIn(mails[0]?.text))).status).toBe(200);
    expect(await askAgain()).toMatchObject({ status: 409, body: { code: 'EMAIL_ALREADY_VERIFIED' } });
  }, 60_000);

  it('with a code expire', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    await allDone();
    await withClient(database, (client) => client.query(`UPDATE email_verifications SET expires_at = now()`));
    expect((await verify(user, tokenIn(mails[0]?.text))).status).toBe(422);
  });

  const forgot = (app: RunningApp, email: string) =>
    new Client(app).send('POST', '/auth/forgot-password', { body: { email } });
  const reset = (app: RunningApp, token: string, password = 'another password of a test') =>
    new Client(app).send('POST', '/auth/reset-password', { body: { token, password: neverLogged(password) } });
  const login = (app: RunningApp, email: string, password: string) =>
    new Client(app).send('POST', '/auth/login', { body: { email, password } });

  it('with a code set a new password, once, and end every session', async () => {
    const { app, mails } = await start();
    const user = await registerAs(app, someone());
    await prove(user, mails);
    const { body: todo } = await user.client.send('POST', '/todos', { body: { title: 'Stays' } });
    expect((await forgot(app, user.account.email)).status).toBe(202);
    await allDone();
    expect(mails.slice(1)).toMatchObject([{ to: user.account.email, subject: 'Reset your password' }]);
    const token = tokenIn(mails[1]?.text);
    expect(await reset(app, token, 'too short')).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });

    expect(await reset(app, token)).toMatchObject({ status: 200, body: { accessToken: expect.any(String) } });
    expect(await reset(app, token)).toMatchObject({ status: 422, body: { code: 'RESET_REFUSED' } });
    expect((await login(app, user.account.email, user.account.password)).status).toBe(401);
    const { refreshToken } = user.session;
    expect((await new Client(app).send('POST', '/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    const again = await login(app, user.account.email, 'another password of a test');
    const { accessToken } = again.body as { accessToken: string };
    const list = await new Client(app, accessToken).send('GET', '/todos');
    expect(list.body).toMatchObject({ items: [todo] });
  }, 60_000);

  it('with a code give an account that a stranger made to whoever reads the mails of the address', async () => {
    const { app, mails } = await start();
    const stranger = await registerAs(app, someone());
    const { email } = stranger.account;
    await stranger.client.send('POST', '/todos', { body: { title: 'Stays' } });
    const webhook = { body: { url: 'https://example.com/hook' } };
    expect((await stranger.client.send('PUT', '/users/me/webhook', webhook)).status).toBe(200);
    expect((await forgot(app, email)).status).toBe(202);
    await allDone();

    const { body } = await reset(app, tokenIn(mails.find(({ subject }) => subject === 'Reset your password')?.text));
    const owner = new Client(app, (body as { accessToken: string }).accessToken);
    expect((await owner.send('GET', '/users/me')).body).toMatchObject({ email, emailVerified: true });
    expect((await owner.send('GET', '/todos')).body).toMatchObject({ items: [{ title: 'Stays' }] });
    expect((await owner.send('GET', '/users/me/webhook')).status).toBe(404);
    // The stranger's access token is as good as that of an account that is gone.
    expect((await stranger.client.send('GET', '/users/me')).status).toBe(401);
    expect((await stranger.client.send('POST', '/todos', { body: { title: 'Mine still' } })).status).toBe(401);
    expect((await login(app, email, stranger.account.password)).status).toBe(401);
  }, 60_000);

  it('with a code for a new password go to nobody without an account, and not without end to one that has', async () => {
    const { app, mails } = await start();
    expect((await forgot(app, someone())).status).toBe(202);
    const user = await registerAs(app, someone());
    await allDone();
    for (let times = 0; times < 7; times += 1) {
      expect((await forgot(app, user.account.email)).status).toBe(202);
    }
    await allDone();
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Confirm your email address',
      ...Array.from({ length: 5 }, () => 'Reset your password'),
    ]);
    await withClient(database, (client) => client.query(`UPDATE password_resets SET expires_at = now()`));
    expect((await reset(app, tokenIn(mails.at(-1)?.text))).status).toBe(422);
  }, 60_000);

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

  it('to an address that has had its share are not sent, though another account has it by now', async () => {
    const { app, mails } = await start();
    const email = someone();
    const first = await registerAs(app, email);
    await allDone();
    await useUpCaps(database);
    expect((await first.client.send('DELETE', '/users/me')).status).toBe(204);
    await registerAs(app, email);
    await allDone();
    expect(mails).toHaveLength(1);
  }, 60_000);

  it('beyond the cap of an account are dropped, not kept for the next day', async () => {
    const { app, mails, worker } = await start();
    const user = await registerAs(app, someone());
    await prove(user, mails);
    await useUpCaps(database);
    await remindNow(user, 5);
    expect(mails).toHaveLength(1);
    expect(worker.logs.filter(({ outcome }) => outcome === 'undeliverable')).toHaveLength(5);
    await withClient(database, (client) => client.query('DELETE FROM mail_counts'));
    await remindNow(user, 1);
    expect(mails).toHaveLength(2);
  }, 120_000);
});

/** Of everybody who was counted so far, for today and tomorrow: it may be about to be midnight. How many: mail-budget.e2e.test.ts. */
async function useUpCaps(database: Variables): Promise<void> {
  await withClient(database, (client) =>
    client.query(`
      INSERT INTO mail_counts (counted, day, count)
      SELECT counted, day + after, 1000 FROM mail_counts, generate_series(0, 1) AS after
      ON CONFLICT (counted, day) DO UPDATE SET count = EXCLUDED.count`),
  );
}

async function unremindedIn(database: Variables): Promise<number> {
  return withClient(database, async (client) => {
    const { rows } = await client.query('SELECT FROM todos WHERE reminded_for IS NULL');
    return rows.length;
  });
}
