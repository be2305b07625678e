import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { docker, taskContainers } from './containers.ts';
import { answeringVersion, errorOf, migrationOf, releaseOf, untilReady } from './expectations.ts';
import { startLoad } from './load.ts';
import { twoTasks } from './quick-settings.ts';
import { newSession } from './session.ts';

/**
 * Releases as a newcomer meets them, under load: the CLI on a copy of this project, Docker, nothing else. The tests build
 * on each other in order, as releases do.
 */
const instance = `t${process.pid}-release`;
const noPromise = 'the test before it did not get this far';
const runningTasks = () => taskContainers(instance, 'staging', 'api');
const digestsOf = async (environment: string) => {
  const containers = await taskContainers(instance, environment, 'api');
  return new Set(await Promise.all(containers.map((id) => docker('inspect', '--format', '{{.Image}}', id))));
};
/** Tasks of an earlier release may still be finishing requests in flight. */
const untilTasks = (count: number) =>
  expect.poll(async () => (await runningTasks()).length, { timeout: 90_000, interval: 250 }).toBe(count);

describe('releases on this machine', () => {
  let checkout: Checkout;
  let url = noPromise;
  let version = noPromise;
  let prod = noPromise;
  let headers: Awaited<ReturnType<typeof newSession>>;

  beforeAll(async () => {
    checkout = await createCheckout(instance, { processes: true });
    for (const environment of ['staging', 'prod']) await checkout.configure(environment, twoTasks);
    await checkout.commit('A whole CPU for each task');
  });
  afterAll(async () => {
    await checkout.stack('down', 'prod');
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('up gives a URL that is ready and says what runs there', async () => {
    const up = await checkout.stack('up');
    const release = releaseOf(up);
    expect(up.json).toMatchObject({ environment: 'staging', target: 'local', changed: true });
    url = `${up.json['url']}`;
    version = release.version;
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    headers = await newSession(url);
    expect(await (await fetch(`${url}/version`)).json()).toMatchObject(release);
  });

  it('a todo is still there after every container was killed', async () => {
    const id = await createTodo(url, headers, 'Survive');
    await Promise.all((await taskContainers(instance, 'staging')).map((container) => docker('kill', container)));
    await untilReady(url);
    expect(await (await fetch(`${url}/todos/${id}`, { headers })).json()).toMatchObject({ title: 'Survive' });
    // One task that serves is enough for the URL; the rest of what was killed comes back by itself, and `up` would do it.
    const isWhole = async () => (await checkout.stack('status', 'staging')).exitCode;
    await expect.poll(isWhole, { timeout: 90_000, interval: 500 }).toBe(0);
  });

  it('a second up changes nothing and says so', async () => {
    const { exitCode, json, talk } = await checkout.stack('up');
    expect({ exitCode, json }, talk).toMatchObject({ exitCode: 0, json: { changed: false, release: { version } } });
  });

  it('a change of the code is released under load without one failed request', async () => {
    const load = startLoad(`${url}/todos`, { headers });
    await checkout.edit('app/package.json', (text) => text.replace('"0.1.0"', '"0.2.0"'));
    await checkout.commit('0.2.0');
    version = releaseOf(await checkout.stack('up')).version;
    const { failed, requests } = await load.stop();
    expect(version).toMatch(/^0\.2\.0-/);
    expect(await answeringVersion(url)).toBe(version);
    expect({ failed, enough: requests > 1000 }).toEqual({ failed: 0, enough: true });
  });

  it('a task that is killed under load is replaced, and costs at most the requests in flight on it', async () => {
    const connections = 16;
    const load = startLoad(`${url}/todos`, { connections, headers });
    await untilTasks(2);
    const before = await runningTasks();
    const [killed = ''] = before;
    await docker('kill', '--signal', 'KILL', killed);
    await expect.poll(async () => (await runningTasks()).includes(killed), { timeout: 60_000 }).toBe(false);
    await untilTasks(before.length);
    const { failed } = await load.stop();
    expect(failed).toBeLessThanOrEqual(connections);
  });

  it('a release is promoted to prod', async () => {
    // The task that replaces the killed one runs before it is healthy, and only healthy tasks are promoted.
    await expect.poll(async () => (await checkout.stack('verify')).exitCode, { timeout: 60_000 }).toBe(0);
    const promoted = await checkout.stack('promote', '--yes');
    expect(releaseOf(promoted).version).toBe(version);
    prod = `${promoted.json['url']}`;
    expect(await answeringVersion(prod)).toBe(version);
  });

  it('a migration that throws stops the release with its own error; the old release keeps serving', async () => {
    const file = 'app/migrations/20261121T1000-wrong.expand.ts';
    await checkout.write(file, migrationOf('ALTER TABLE no_such_table ADD COLUMN n integer'));
    const load = startLoad(`${url}/todos`, { headers });
    const error = errorOf(await checkout.stack('up'));
    const { failed } = await load.stop();
    expect(JSON.stringify(error)).toMatch(/20261121T1000-wrong/);
    expect(JSON.stringify(error)).toMatch(/no_such_table/);
    expect(failed).toBe(0);
    expect(await answeringVersion(url)).toBe(version);

    await checkout.write(file, migrationOf('ALTER TABLE todos ADD COLUMN n integer'));
    await checkout.commit('A migration that works');
    version = releaseOf(await checkout.stack('up')).version;
    expect(await answeringVersion(url)).toBe(version);
  });

  it('prod is rolled back under load without one failed request, over an expand migration, to the same digest', async () => {
    const before = { version: await answeringVersion(prod), digests: await digestsOf('prod') };
    expect(releaseOf(await checkout.stack('promote', '--yes')).version).toBe(version);
    expect(await answeringVersion(prod)).toBe(version);
    const load = startLoad(`${prod}/todos`, { headers: await newSession(prod) });
    const rolledBack = releaseOf(await checkout.stack('rollback', 'prod', '--yes'));
    const { failed, requests } = await load.stop();
    expect(rolledBack.version).toBe(before.version);
    expect({ failed, enough: requests > 500 }).toEqual({ failed: 0, enough: true });
    expect(await answeringVersion(prod)).toBe(before.version);
    await expect.poll(() => digestsOf('prod'), { timeout: 90_000 }).toEqual(before.digests);
  });

  it('a release that never gets ready is refused with the reason; the old release keeps serving', async () => {
    await checkout.edit('app/src/main.ts', (text) =>
      text.replace(
        /\nasync function serve/,
        "\nif (process.env['ENVIRONMENT'] === 'staging') {\n  process.stdout.write('refusing to serve\\n');\n  process.exit(7);\n}\n\nasync function serve",
      ),
    );
    const load = startLoad(`${url}/todos`, { maxSeconds: 300, headers });
    const error = errorOf(await checkout.stack('up'));
    const { failed } = await load.stop();
    expect(JSON.stringify(error)).toMatch(/refusing to serve/);
    expect(failed).toBe(0);
    expect(await answeringVersion(url)).toBe(version);
    const history = await checkout.stack('history');
    expect(JSON.stringify(history.json)).toContain('failed');
  });

  it('down leaves no container, network, volume or service', async () => {
    for (const environment of ['prod', 'staging']) {
      expect(await checkout.stack('down', environment)).toMatchObject({ exitCode: 0 });
    }
    const left = await Promise.all([
      docker('ps', '--all', '--quiet', '--filter', `name=${instance}`),
      docker('network', 'ls', '--quiet', '--filter', `name=${instance}`),
      docker('volume', 'ls', '--quiet', '--filter', `name=${instance}`),
      docker('service', 'ls', '--quiet', '--filter', `name=${instance}`).catch(() => ''),
    ]);
    expect(left).toEqual(['', '', '', '']);
  });
});

async function createTodo(url: string, session: { readonly authorization: string }, title: string): Promise<string> {
  const response = await fetch(`${url}/todos`, {
    method: 'POST',
    headers: { ...session, 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
  });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  return id;
}
