import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mostPasswordsWaiting, passwordsAtOnce } from '../src/auth/passwords.ts';
import { type Account, type Answer, Client, newAccount, register } from './support/client.ts';
import {
  eventually,
  type RunningApp,
  startOnOwnDatabase,
  type Variables,
  waitingForLocks,
  withClient,
} from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let client: Client;
let account: Account;
let anyone: Client;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase({ DATABASE_POOL_SIZE: '6' }));
  anyone = new Client(app);
  ({ client, account } = await register(app));
});
afterAll(() => app.kill());

const login = (body: Account) => anyone.send('POST', '/auth/login', { body });
const codeOf = ({ body }: Answer) => String((body as { code?: string } | undefined)?.code);

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

describe('a burst of logins', () => {
  it('whose clients are gone again keeps nobody waiting', async () => {
    const gone = new AbortController();
    const body = JSON.stringify(newAccount());
    // All that run, all that may wait, and some too many: the first refusal shows that the queue is full.
    const sent = passwordsAtOnce + mostPasswordsWaiting + 5;
    const burst = Array.from({ length: sent }, () =>
      fetch(`${app.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: gone.signal,
      }),
    );
    const ended = (statusCode: number) =>
      app.logs.filter((line) => line['path'] === '/auth/login' && line['statusCode'] === statusCode).length;
    await eventually(() => ended(503) > 0, 'a login to be refused');
    gone.abort();
    await Promise.allSettled(burst);
    await eventually(() => ended(401) + ended(499) + ended(503) >= sent, 'the app to see its clients go');
    // Behind those that nobody waits for, half of these would be too many.
    const honest = await Promise.all(Array.from({ length: mostPasswordsWaiting / 2 }, () => login(account)));
    expect(new Set(honest.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('that is too much is told so, and when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, () => login(account)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(50);
    expect(answers.length - refused.length).toBeGreaterThan(2);
    expect(new Set(refused.map(codeOf))).toContain('PASSWORDS_BUSY');
    for (const answer of refused) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      // Where the machine is slow they queue for the database, too.
      expect(['PASSWORDS_BUSY', 'DATABASE_BUSY']).toContain(codeOf(answer));
    }
  });
});

describe('a row that somebody holds', () => {
  it('holds up those who write it, and nobody who reads', async () => {
    const { id } = (await client.send('POST', '/todos', { body: { title: 'Held' } })).body as { id: string };
    const released = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holding = withClient(database, async (holder) => {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM todos WHERE id = $1 FOR UPDATE', [id]);
      held.resolve();
      await released.promise;
      await holder.query('ROLLBACK');
    });
    await held.promise;
    const change = { body: { description: 'Changed' }, headers: { 'if-match': '*' } };
    const writes = Array.from({ length: 60 }, () => client.send('PATCH', `/todos/${id}`, change));
    await eventually(async () => (await waitingForLocks(database)) > 0, 'the writes to wait');

    for (let count = 0; count < 10; count += 1) {
      const read = await timed(() => client.send('GET', '/todos'));
      expect(read.result.status).toBe(200);
      expect(read.ms).toBeLessThan(900);
    }
    expect(await app.statusOf('/ready')).toBe(200);

    const answers = await Promise.all(writes);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['DATABASE_TIMEOUT', 'DATABASE_BUSY']));
    expect(answers.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    released.resolve();
    await holding;
    expect((await client.send('PATCH', `/todos/${id}`, change)).status).toBe(200);
  });
});
