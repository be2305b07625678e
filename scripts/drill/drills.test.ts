import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deriveContract } from '../../infra/contract/contract.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { exampleApp } from '../../infra/testing/example-app.ts';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { parseProgram } from '../local/translate/program.ts';
import { type Drill, titleOf } from './drill.ts';
import { chooseDrills, drills } from './drills.ts';
import type { Facts } from './facts.ts';
import { restoredToTheMoment } from './promise.ts';
import { drillInstance } from './run-drills.ts';
import { unfiredAlarms } from './unfired.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/drills.md'), 'utf8');
const realised = drills.filter((drill): drill is Drill => !('because' in drill));
const settings = parseSettings({ 'aws:region': 'eu-central-1' }, 'staging');
const facts = (awaySeconds: number): Facts => ({
  environment: 'staging',
  app: exampleApp,
  settings,
  contract: deriveContract(settings, exampleApp),
  awaySeconds,
  throwAway: true,
  jobs: { due: () => '', hopeless: '' },
});

/** Of an app that measures itself, as the bundled one does. */
const measured = (of: Facts['settings']): Facts => {
  const app = { ...exampleApp, variables: { ...exampleApp.variables, METRICS_PORT: '{metrics.port}' } };
  return { ...facts(60), app, settings: of, contract: deriveContract(of, app) };
};

describe('the drills', () => {
  it('each have a name of their own and a place in the order', () => {
    const names = drills.map(({ name }) => name);
    expect(names[0]).toBe('rollout');
    expect(new Set(names).size).toBe(names.length);
    expect(chooseDrills([])).toBe(drills);
    expect(chooseDrills(['kill', 'rollout']).map(({ name }) => name)).toEqual(['rollout', 'kill']);
  });

  it('are refused by name where there is no such one', () => {
    expect(() => chooseDrills(['kill', 'explode'])).toThrow('There is no drill explode.');
  });

  it.each(drills)('$name is on the page', ({ name }) => {
    expect(page).toContain(`\`${name}\``);
  });

  it.each(realised)('$name has its sabotage on the page', ({ name, sabotage }) => {
    const row = page.split('\n').find((line) => line.startsWith('| ') && line.endsWith(`| ${sabotage} |`));
    expect(row).toContain(`\`${name}\``);
  });

  it.each(realised)(
    '$name promises something beforehand, and always what becomes of acknowledged writes',
    ({ name, promise }) => {
      const texts = promise(facts(60)).map(({ text }) => text);
      expect(texts.length).toBeGreaterThan(1);
      expect(texts).toContain(
        name === 'backup-restore' ? restoredToTheMoment().text : 'nothing acknowledged is lost or doubled',
      );
    },
  );

  it('and the alarms that each makes fire are on the page, which names every alarm of staging', async () => {
    const { alarms } = parseProgram(await graphOf());
    const rows = new Map(
      page
        .slice(page.indexOf('| alarm | drill'))
        .split('\n\n', 1)[0]
        ?.split('\n')
        .slice(2)
        .flatMap((line) => {
          const [, names = '', drill = ''] = line.split('|').map((cell) => cell.trim());
          return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, drill] as const);
        }),
    );
    expect([...rows.keys()].toSorted()).toEqual(alarms.map(({ name }) => name).toSorted());
    const byDrill = new Map(
      realised.flatMap(({ name, alarms: own }) => (own?.(measured(settings)) ?? []).map((one) => [one, name])),
    );
    for (const { name, rule } of alarms) {
      const drill = byDrill.get(name);
      const expected = drill === undefined ? /^none: / : new RegExp(`^\`${drill}\`$`);
      expect(rows.get(name), name).toMatch(expected);
    }
  });

  it.each([
    ['staging', {}],
    ['prod', {}],
    ['prod', { syntheticCheck: 'true', deploymentStrategy: 'canary' }],
  ])('make each alarm of %s fire that something here could make fire, with %o', async (environment, config) => {
    const { alarms } = parseProgram(await graphOf(environment, config));
    const states = alarms.map(({ name, rule }) =>
      'nothing' in rule
        ? ({ name, state: 'not here', because: rule.nothing } as const)
        : ({ name, state: 'not firing' } as const),
    );
    const unfired = unfiredAlarms(states, drills, measured(settings));
    expect(unfired.filter(({ because }) => because.startsWith('no drill'))).toEqual([]);
    expect(unfired.map(({ name }) => name)).toContain('database-storage');
    expect(states.length).toBeGreaterThan(unfired.length + 15);
  });

  it('name an alarm that none of them makes fire', () => {
    const states = [
      { name: 'api-5xx', state: 'not firing' },
      { name: 'api-is-haunted', state: 'not firing' },
      { name: 'database-storage', state: 'not here', because: 'it has the disk of this machine' },
    ] as const;
    expect(unfiredAlarms(states, drills, measured(settings))).toEqual([
      { name: 'api-is-haunted', because: 'no drill breaks what it watches' },
      { name: 'database-storage', because: 'it has the disk of this machine' },
    ]);
  });

  it('leave alarms on jobs to apps that have a way to make a job', () => {
    const { jobs: _none, ...without } = measured(settings);
    const alarmsOf = (of: Facts) => realised.flatMap(({ alarms }) => alarms?.(of) ?? []);
    expect(alarmsOf(measured(settings))).toEqual(expect.arrayContaining(['queue-age', 'queue-dead-jobs']));
    expect(alarmsOf(without).filter((name) => name.startsWith('queue'))).toEqual([]);
  });

  it('say for how long a server is gone, whatever was asked for', () => {
    const away = realised.find(({ name }) => name === 'db-away');
    expect(away && titleOf(away, facts(5))).toBe('Postgres is gone for 5 s.');
  });

  it('promise that no task is replaced only in an outage that the settings tolerate', () => {
    const away = realised.find(({ name }) => name === 'db-away');
    const promised = (seconds: number) => away?.promise(facts(seconds)).map(({ text }) => text) ?? [];
    const { toleratedOutageSeconds } = facts(0).settings.timing;
    expect(promised(toleratedOutageSeconds - 1)).toContain('no task of api is replaced');
    expect(promised(toleratedOutageSeconds)).not.toContain('no task of api is replaced');
    expect(promised(toleratedOutageSeconds)).toContain('all tasks of api are ready within 90 s');
  });

  it.each([
    ['nest-fargate', 'nest-fargate-drill'],
    ['a-very-long-instance', 'a-very-long-in-drill'],
    ['twelve-chars-', 'twelve-chars-drill'],
  ])('of %s run as %s, which Docker can name', (instance, own) => {
    expect(drillInstance(instance)).toBe(own);
    expect(own.length).toBeLessThanOrEqual(20);
  });
});
