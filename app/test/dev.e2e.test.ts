import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DevCopy } from './support/dev-copy.ts';
import { itWithValkey } from './support/valkey-server.ts';

const minutes = 60_000;

describe('npm run dev', { timeout: 4 * minutes }, () => {
  let dev: DevCopy;
  let url: string;

  beforeAll(async () => {
    dev = await DevCopy.start();
    [, url = ''] = await dev.says(/API +(http:\S+)/);
    await dev.says(/Ready after [\d.]+ s\./);
  }, 4 * minutes);
  afterAll(() => dev.remove());

  const post = (path: string, body: object) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const statusOf = (path: string) => fetch(`${url}${path}`).then(({ status }) => status);

  it('gives an account that is there, with todos', async () => {
    const [, email, password] = await dev.says(/Login +(\S+) with password (\S+)/);
    const login = await post('/auth/login', { email, password });
    expect(login.status).toBe(200);
    const { accessToken } = (await login.json()) as { accessToken: string };
    const todos = await fetch(`${url}/todos`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(await todos.json()).toMatchObject({ items: { length: 20 }, nextCursor: expect.any(String) });
  });

  it('serves the docs', async () => {
    const [, docs = ''] = await dev.says(/Docs +(http:\S+)/);
    const text = (url: string | URL) => fetch(url).then((response) => response.text());
    await expect.poll(() => text(docs), { timeout: minutes }).toContain('swagger-ui');
    expect(await text(new URL('/openapi.json', docs))).toContain('"/todos"');
  });

  itWithValkey('runs the worker as well, and a debugger listens for each', async () => {
    const [, ofApi, ofWorker] = await dev.says(/Debugger +(\S+) for the API, (\S+) for the worker/);
    for (const address of [ofApi, ofWorker]) {
      expect((await fetch(`http://${address}/json/list`)).status).toBe(200);
    }
    const from = dev.output.length;
    await post('/auth/register', { email: 'somebody@example.com', password: 'a-password-of-somebody' });
    await dev.says(/worker info +job .*operation=job welcome-mail outcome=done/, from);
  });

  it('serves what is saved, and says after how long', async () => {
    const seconds = await dev.save('src/http/security-headers.ts', (text) =>
      text.replace("'x-content-type-options'", "'x-edited': 'yes',\n  'x-content-type-options'"),
    );
    expect(seconds).toBeGreaterThan(0);
    process.stdout.write(`a saved change was served after ${seconds} s\n`);
    expect((await fetch(`${url}/health`)).headers.get('x-edited')).toBe('yes');
  });

  it('keeps serving while what is saved does not compile, and says why', async () => {
    const from = dev.output.length;
    const original = dev.read('src/main.ts');
    dev.write('src/main.ts', 'this is no program\n');
    const [problem] = await dev.says(/› [\s\S]+?› waiting for a change/, from);
    expect(problem).toContain('src/main.ts');
    expect(await statusOf('/health')).toBe(200);
    await dev.save('src/main.ts', () => original);
    expect(await statusOf('/health')).toBe(200);
  });

  it('runs a migration that is added', async () => {
    const [, connectionString = ''] = await dev.says(/Postgres +(postgres:\S+)/);
    const from = dev.output.length;
    dev.write(
      'migrations/29991231T2359-create-notes.expand.ts',
      [
        "import type { MigrationConnection } from '../src/migrate/migration.ts';",
        'export async function up(connection: MigrationConnection): Promise<void> {',
        "  await connection.query('CREATE TABLE notes (id uuid)');",
        '}',
      ].join('\n'),
    );
    await dev.says(/serves migrations\/29991231T2359-create-notes\.expand\.ts after/, from);
    const client = new pg.Client({ connectionString });
    await client.connect();
    onTestFinished(() => client.end());
    expect((await client.query('SELECT FROM notes')).rows).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('leaves nothing at Ctrl-C: no process, no folder', async () => {
    expect(dev.remains().length).toBeGreaterThan(0);
    expect(await dev.interrupt(), dev.output).toBe(0);
    expect(dev.remains()).toEqual([]);
    await expect(statusOf('/health')).rejects.toThrow('fetch failed');
  });

  it.runIf(process.platform === 'linux')('leaves nothing when it is interrupted while it starts', async () => {
    const interrupted = await DevCopy.start();
    onTestFinished(() => interrupted.remove());
    await interrupted.says(/starting Postgres and Valkey/);
    expect(await interrupted.interrupt(), interrupted.output).toBe(0);
    expect(interrupted.remains()).toEqual([]);
  });
});
