import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Faults, makeFaultyImage } from '../../drill/faults.ts';
import { createDrillCheckout } from '../../drill/testing/drilled.ts';
import type { AlarmState } from '../../release/alarm-states.ts';
import type { Timings } from '../../release/ledger.ts';
import type { Checkout } from '../../testing/checkout.ts';
import { leftOf, testEngine } from '../testing/engine.ts';
import { deriveNames } from '../translate/names.ts';

const instance = `t${process.pid}-alarms`;
const { prometheus } = deriveNames(instance, 'staging');

/** That a drill's sabotage is noticed: scripts/drill/sabotage.docker.test.ts. */
describe('the alarms of an environment', () => {
  let checkout: Checkout;
  let url = '';

  beforeAll(async () => {
    checkout = await createDrillCheckout(instance);
    const { json, talk } = await checkout.stack('up', 'staging');
    if (typeof json['url'] !== 'string') throw new Error(talk);
    url = json['url'];
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging', '--all', '--yes').catch(() => undefined);
    checkout.remove();
  });

  const listed = async (action: 'list' | 'on') => {
    const { json, talk, exitCode } = await checkout.stack('alarms', action, 'staging');
    if (exitCode !== 0 && exitCode !== 4) throw new Error(`${JSON.stringify(json)}\n${talk}`);
    return { on: json['on'], changed: json['changed'], alarms: json['alarms'] as readonly AlarmState[] };
  };
  const by = (alarms: readonly AlarmState[], state: AlarmState['state']) =>
    alarms.flatMap((alarm) => (alarm.state === state ? [alarm.name] : [])).toSorted();

  const faulty = async (version: string, faults: Faults) => {
    const { docker } = await testEngine();
    const found = await docker.run(['image', 'ls', '--quiet', '--filter', `reference=${instance}/*`]);
    const image = `${instance}/drill:${version}`;
    const paths = { port: 3000, liveness: '/health', readiness: '/ready', front: 'dist/main.js' };
    await makeFaultyImage(docker, image, found.split('\n')[0] ?? '', { ...paths, ...faults });
    return image;
  };
  const startLoad = () => {
    const stopped = new AbortController();
    const ended = (async () => {
      while (!stopped.signal.aborted) {
        await fetch(`${url}/version`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
        await pause(20);
      }
    })();
    return {
      async stop() {
        stopped.abort();
        await ended;
      },
    };
  };

  it('are off, and status says so, until somebody asks for them', async () => {
    expect(await listed('list')).toEqual({ on: false, changed: false, alarms: [] });
    const { json } = await checkout.stack('status', 'staging');
    expect(JSON.stringify(json['alarms'])).toContain('npm run stack -- alarms on staging');
  });

  it('are evaluated by a Prometheus that finds nothing wrong with its rules, and names what it cannot watch', async () => {
    const { on, changed, alarms } = await listed('on');
    expect({ on, changed }).toEqual({ on: true, changed: true });
    expect(by(alarms, 'firing')).toEqual([]);
    // The plain app serves no metrics.
    expect(by(alarms, 'not here')).toEqual(
      expect.arrayContaining(['api-event-loop', 'api-latency-p99', 'database-storage']),
    );
    await expect
      .poll(async () => by((await listed('list')).alarms, 'no data'), { timeout: 20_000, interval: 1000 })
      .toEqual([]);
    expect(by((await listed('list')).alarms, 'not firing')).toEqual(
      expect.arrayContaining(['api-5xx', 'api-cpu', 'api-no-task', 'database-connections', 'database-cpu']),
    );

    const { docker } = await testEngine();
    const checked = await docker.attempt([
      'exec',
      prometheus,
      'promtool',
      'check',
      'config',
      '/monitoring/prometheus.yml',
    ]);
    expect(checked.exitCode, checked.stderr).toBe(0);
    expect(`${checked.stdout}${checked.stderr}`).toMatch(/SUCCESS: \d+ rules found/);
    expect((await listed('on')).changed).toBe(false);
  });

  it('end the rollout of a release that serves errors, and the one before it serves again', async () => {
    const versionOf = async () => Reflect.get(Object(await (await fetch(`${url}/version`)).json()), 'version');
    const before = await versionOf();
    const image = await faulty('faulty-1', { errorEvery: 3 });
    const load = startLoad();
    const { exitCode, json, talk } = await checkout.stack('up', 'staging', '--image', image);
    expect({ exitCode, json }, talk).toMatchObject({ exitCode: 1, json: { error: { code: 'ROLLED_BACK' } } });
    const answered = await Promise.all(Array.from({ length: 20 }, versionOf));
    expect(new Set(answered)).toEqual(new Set([before]));
    const said = JSON.stringify(json['error']);
    expect(said).toContain('the alarm api-5xx fired: HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 5 s');
    expect(said).toContain('errors-or-slow-requests.md');
    expect(said).toContain(`${String(before)} keeps serving`);

    const status = await checkout.stack('status', 'staging');
    await load.stop();
    expect(await versionOf()).toBe(before);
    expect(JSON.stringify(status.json['alarms'])).toContain('"name":"api-5xx"');
    expect(JSON.stringify(status.json['alarms'])).toContain('errors-or-slow-requests.md');
  });

  it('are part of the bake of a release, predicted and measured, and end a restart whose tasks serve errors', async () => {
    const firing = async () => by((await listed('list')).alarms, 'firing');
    await expect.poll(firing, { timeout: 60_000, interval: 1000 }).toEqual([]);
    // Long enough for the rollout: only tasks that start later serve errors.
    const from = Date.now() + 90_000;
    const image = await faulty('later-1', { readyTooEarly: { ms: 30_000, from } });
    const up = await checkout.stack('up', 'staging', '--image', image);
    expect(up.exitCode, up.talk).toBe(0);
    const history = await checkout.stack('history', 'staging', '--timings');
    const [row] = history.json['rows'] as readonly { readonly timings: Timings }[];
    const bakeOf = (kind: 'predicted' | 'measured') =>
      row?.timings[kind].find((one) => ('name' in one ? [one.name] : one.phases).includes('bake'))?.seconds;
    // The plain app serves no metrics, so its latency is not watched: three periods of 5 s, and Swarm's own 3 s.
    expect(bakeOf('predicted')).toBe(18);
    expect(bakeOf('measured')).toBeGreaterThanOrEqual(15);

    await pause(Math.max(0, from - Date.now()));
    const load = startLoad();
    const { exitCode, json, talk } = await checkout.stack('restart', 'staging', 'api');
    await load.stop();
    expect({ exitCode, json }, talk).toMatchObject({ exitCode: 1, json: { error: { code: 'ROLLED_BACK' } } });
    expect(JSON.stringify(json['error'])).toContain(
      'The restart of api was rolled back, because the alarm api-5xx fired:',
    );
  });

  it('are on the dashboard, beside the figures of Prometheus and the release that was rolled back', async () => {
    const page = checkout.start('dashboard', 'staging');
    const address = await page.says(/http:\/\/127\.0\.0\.1:\d+/);
    const read = async (what: string) => (await fetch(`${address}/api/${what}`)).json() as Promise<Record<string, any>>;
    const { panels } = await read('outline');
    const { figures } = await read('charts?minutes=15');
    const { alarms, changes } = await read('now');
    page.kill('SIGINT');

    expect(await page.finished).toMatchObject({ exitCode: 0, json: { environment: 'staging', address } });
    expect(figures.filter((known: object) => 'unknown' in known)).toEqual([]);
    const charts = panels.filter(({ kind }: { kind: string }) => kind === 'chart');
    const index = charts.findIndex(({ title }: { title: string }) => title === 'Requests and errors');
    const [requests, , errors] = figures[index].value.map((line: readonly (number | null)[]) =>
      Math.max(...line.filter((value) => value !== null)),
    );
    expect(requests).toBeGreaterThan(10);
    expect(errors).toBeGreaterThan(0);
    expect(alarms.value).toContainEqual(expect.objectContaining({ name: 'api-5xx', guards: ['api'] }));
    expect(changes.value).toContainEqual(expect.objectContaining({ kind: 'release', action: 'up', outcome: 'failed' }));
  });

  it('go with the environment', async () => {
    await checkout.stack('down', 'staging', '--yes');
    expect(await leftOf(await testEngine(), instance)).toEqual([]);
  });
});
