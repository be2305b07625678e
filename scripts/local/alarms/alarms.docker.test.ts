import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFaultyImage } from '../../drill/faults.ts';
import { createDrillCheckout } from '../../drill/testing/drilled.ts';
import type { AlarmState } from '../../release/alarm-states.ts';
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
    const { docker } = await testEngine();
    const versionOf = async () => Reflect.get(Object(await (await fetch(`${url}/version`)).json()), 'version');
    const before = await versionOf();
    const [running = ''] = (await docker.run(['image', 'ls', '--quiet', '--filter', `reference=${instance}/*`])).split(
      '\n',
    );
    const image = `${instance}/drill:faulty-1`;
    const paths = { port: 3000, liveness: '/health', readiness: '/ready' };
    await makeFaultyImage(docker, image, running, { ...paths, front: 'dist/main.js', errorEvery: 3 });

    const stopped = new AbortController();
    const load = (async () => {
      while (!stopped.signal.aborted) {
        await fetch(`${url}/version`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
        await pause(20);
      }
    })();
    const { exitCode, json, talk } = await checkout.stack('up', 'staging', '--image', image);
    expect({ exitCode, json }, talk).toMatchObject({ exitCode: 1, json: { error: { code: 'ROLLED_BACK' } } });
    const said = JSON.stringify(json['error']);
    expect(said).toContain('the alarm api-5xx fired: HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 5 s');
    expect(said).toContain('errors-or-slow-requests.md');
    expect(said).toContain(`${String(before)} keeps serving`);

    const status = await checkout.stack('status', 'staging');
    stopped.abort();
    await load;
    expect(await versionOf()).toBe(before);
    expect(JSON.stringify(status.json['alarms'])).toContain('"name":"api-5xx"');
    expect(JSON.stringify(status.json['alarms'])).toContain('errors-or-slow-requests.md');
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
    expect(changes.value[0]).toMatchObject({ kind: 'release', action: 'up', outcome: 'failed' });
  });

  it('go with the environment', async () => {
    await checkout.stack('down', 'staging', '--yes');
    expect(await leftOf(await testEngine(), instance)).toEqual([]);
  });
});
