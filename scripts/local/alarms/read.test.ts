import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Docker } from '../engine/docker.ts';
import { writeAtomically } from '../state/files.ts';
import { folderOf, type Place } from '../state/place.ts';
import type { Alarm } from '../translate/alarms.ts';
import { bake, openGuard } from './guard.ts';
import { alarmsFile, readAlarms, reportOf } from './read.ts';

const alarm = (name: string, more: Partial<Alarm> = {}): Alarm => ({
  name,
  condition: `${name} > 1`,
  description: '',
  runbook: `docs/runbooks/${name}.md`,
  guards: [],
  evaluationSeconds: 0.4,
  rule: { promql: `count(${name}{job="engine"})`, datapoint: name },
  ...more,
});
const given = [
  alarm('api-5xx', { guards: ['api'], rule: { promql: 'count(haproxy_x)', datapoint: 'haproxy_x' } }),
  alarm('api-cpu'),
  alarm('worker-loop', { rule: { promql: 'x{job="tasks",process="worker"}', datapoint: 'x' } }),
  alarm('database-storage', { rule: { nothing: 'the disk of this machine' } }),
];

describe('alarms, as Prometheus says', () => {
  let server: Server;
  let port: number;
  let place: Place;
  /** By the name of the rule; one that is absent was not loaded. */
  let rules: Record<string, 'firing' | 'inactive' | 'broken'>;
  let up: readonly (readonly [job: string, process: string | undefined, up: '0' | '1'])[];
  let figures: readonly string[];

  beforeEach(async () => {
    rules = { 'api-5xx': 'inactive', 'api-cpu': 'inactive', 'worker-loop': 'inactive' };
    up = [
      ['load-balancer', undefined, '1'],
      ['engine', undefined, '1'],
      ['tasks', 'worker', '1'],
    ];
    figures = ['haproxy_x', 'api-cpu', 'x'];
    server = createServer(({ url = '' }, response) => {
      const query = new URL(url, 'http://here').searchParams.get('query');
      const vector = (result: readonly object[]) => ({ result });
      const data = url.includes('/rules')
        ? {
            groups: [
              {
                name: 'alarms',
                rules: Object.entries(rules).map(([name, state]) => ({
                  name,
                  health: state === 'broken' ? 'err' : 'ok',
                  lastError: state === 'broken' ? 'many-to-many matching' : '',
                  alerts: state === 'firing' ? [{ state, activeAt: '2026-11-30T18:00:00Z' }] : [],
                })),
              },
            ],
          }
        : query === 'up'
          ? vector(
              up.map(([job, process, value]) => ({
                metric: { job, ...(process === undefined ? {} : { process }) },
                value: [0, value],
              })),
            )
          : vector(figures.includes(query ?? '') ? [{ metric: {}, value: [0, '0'] }] : []);
      response.end(JSON.stringify({ status: 'success', data }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    place = {
      projectDirectory: await mkdtemp(join(tmpdir(), 'alarms-')),
      instance: 'example',
      environment: 'staging',
    };
    await writeAtomically(join(folderOf(place).alarms, alarmsFile), JSON.stringify(given));
  });
  afterEach(async () => {
    server.close();
    await rm(place.projectDirectory, { recursive: true });
  });

  const docker = (running = true) =>
    ({
      api: {
        get: async () => ({
          State: { Running: running },
          Config: { Labels: {} },
          NetworkSettings: {
            Ports: running ? { '9090/tcp': [{ HostPort: String(port) }] } : {},
          },
        }),
      },
    }) as unknown as Docker;
  const states = async () =>
    Object.fromEntries(
      ((await readAlarms(docker(), place, { thorough: true })) ?? []).map(({ name, state, because }) => [
        name,
        because === undefined ? state : `${state}: ${because}`,
      ]),
    );

  it('are not firing only where there is something that could have told', async () => {
    const here = { 'database-storage': 'not here: the disk of this machine' };
    expect(await states()).toEqual({
      ...here,
      'api-5xx': 'not firing',
      'api-cpu': 'not firing',
      'worker-loop': 'not firing',
    });
    up = [
      ['load-balancer', undefined, '1'],
      ['engine', undefined, '0'],
      ['tasks', 'api', '1'],
    ];
    figures = [];
    expect(await states()).toEqual({
      ...here,
      'api-5xx': 'no data: there is no figure of the last period',
      'api-cpu': 'no data: engine: not answering',
      'worker-loop': 'no data: tasks of worker: not answering',
    });
    rules = { 'api-cpu': 'broken', 'worker-loop': 'firing' };
    expect(await states()).toEqual({
      ...here,
      'api-5xx': 'no data: Prometheus has not loaded it',
      'api-cpu': 'no data: many-to-many matching',
      'worker-loop': 'firing',
    });
  });

  it('are named by status with what to do', async () => {
    rules = { ...rules, 'api-cpu': 'firing' };
    expect(reportOf('staging', await readAlarms(docker(), place))).toEqual({
      firing: [
        {
          name: 'api-cpu',
          reason: 'api-cpu > 1; docs/runbooks/api-cpu.md',
          since: '2026-11-30T18:00:00.000Z',
        },
      ],
      withoutData: ['database-storage'],
    });
  });

  it('are unknown, and never fine, where Prometheus does not answer; off where nobody asked for it', async () => {
    await expect(readAlarms(docker(false), place)).rejects.toThrow('its container does not run');
    server.close();
    server.closeAllConnections();
    await expect(readAlarms(docker(), place)).rejects.toMatchObject({ code: 'ALARMS_UNKNOWN' });
    await rm(folderOf(place).alarms, { recursive: true });
    expect(await readAlarms(docker(), place)).toBeUndefined();
    expect(reportOf('staging', undefined)).toEqual({ none: expect.stringContaining('alarms on staging') });
  });

  describe('guard a rollout', () => {
    const said: string[] = [];
    const progress = { step: (title: string) => void said.push(title), detail: (line: string) => void said.push(line) };
    const guard = (services: readonly string[]) =>
      openGuard({ docker: docker(), place, alarms: given, services, progress });
    const { signal } = new AbortController();

    beforeEach(() => void said.splice(0));

    it('of the process that they are about, and no other', async () => {
      expect(await guard(['worker'])).toBeUndefined();
      expect((await guard(['api', 'worker']))?.bakeSeconds).toBe(0.4);
    });

    it('by the first that fires, not by one that was firing before or guards nothing', async () => {
      const opened = await guard(['api']);
      rules = { ...rules, 'api-cpu': 'firing' };
      expect(await opened?.firing()).toBeUndefined();
      rules = { ...rules, 'api-5xx': 'firing' };
      expect(await opened?.firing()).toMatchObject({ name: 'api-5xx' });
      expect(opened && (await bake(opened, progress, signal))).toMatchObject({ name: 'api-5xx' });

      expect(await guard(['api'])).toBeUndefined();
      expect(said).toContain('api-5xx is already firing, so it does not guard this rollout');
    });

    it('and say so where nobody could tell to the end', async () => {
      const opened = await guard(['api']);
      expect(opened && (await bake(opened, progress, signal))).toBeUndefined();
      expect(said.at(-1)).toBe('none fired');
      server.close();
      server.closeAllConnections();
      expect(opened && (await bake(opened, progress, signal))).toBeUndefined();
      expect(said.at(-1)).toMatch(/^not watched to the end: /);
    });
  });
});
