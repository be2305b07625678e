import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../settings/parse.ts';
import { exampleApp } from '../../testing/example-app.ts';
import { check } from '../check.ts';
import { type ContractNumbers, deriveNumbers } from '../numbers.ts';
import { rolloutRules } from './rollout.ts';

interface Row {
  readonly id: string;
  readonly holds: boolean;
  readonly found: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly numbers?: Partial<ContractNumbers>;
}

const blueGreen = { deploymentStrategy: 'blue-green' };
const canary = { deploymentStrategy: 'canary' };

/** Two rows a rule: the last numbers that keep it, and the first that break it. */
const rows: readonly Row[] = [
  { id: 'C4.spot', holds: true, numbers: { shutdownTimeoutSeconds: 120 }, found: 'no Spot' },
  {
    id: 'C4.spot',
    holds: true,
    config: { spotPercent: '50' },
    numbers: { shutdownTimeoutSeconds: 119 },
    found: '119 s, 120 s',
  },
  {
    id: 'C4.spot',
    holds: false,
    config: { spotPercent: '50' },
    numbers: { shutdownTimeoutSeconds: 120 },
    found: '120 s, 120 s',
  },

  { id: 'C17', holds: true, found: '3 tasks' },
  { id: 'C17', holds: true, numbers: { rollout: { failuresToTrip: 200, bakeSeconds: 0 } }, found: '200 tasks' },
  { id: 'C17', holds: false, numbers: { rollout: { failuresToTrip: 201, bakeSeconds: 0 } }, found: '201 tasks' },
  { id: 'C17', holds: true, config: { ...blueGreen, bakeMinutes: '1431' }, found: '86370 s, 86400 s' },
  { id: 'C17', holds: false, config: { ...blueGreen, bakeMinutes: '1432' }, found: '86430 s, 86400 s' },

  { id: 'C18', holds: true, found: 'no bake time' },
  { id: 'C18', holds: true, config: { ...blueGreen, bakeMinutes: '4' }, found: '180 s, 240 s' },
  { id: 'C18', holds: false, config: { ...blueGreen, bakeMinutes: '3' }, found: '180 s, 180 s' },
  { id: 'C18', holds: false, config: { ...canary, canaryBakeMinutes: '3' }, found: '180 s, 180 s and 600 s' },

  { id: 'C22.proxy', holds: true, found: 'no proxy' },
  { id: 'C22.proxy', holds: true, config: { databaseProxy: 'true', worker: 'off' }, found: '64, 68' },
  {
    id: 'C22.proxy',
    holds: false,
    config: { databaseProxy: 'true' },
    numbers: {
      database: {
        maxConnections: 80,
        connectionsDuringRollout: 69,
        migrationConnections: 2,
        reservedConnections: 10,
        taskConnectionsPercent: 85,
      },
    },
    found: '69, 68',
  },

  { id: 'C30', holds: true, found: 'no bake time' },
  { id: 'C30', holds: true, config: { ...blueGreen, bakeMinutes: '5' }, found: '300 s, 300 s' },
  { id: 'C30', holds: false, config: { ...blueGreen, bakeMinutes: '4' }, found: '300 s, 240 s' },
  { id: 'C30', holds: false, config: { ...canary, canaryBakeMinutes: '4' }, found: '300 s, 240 s and 600 s' },
];

const settingsWith = (config: Readonly<Record<string, string>> = {}) =>
  parseSettings({ 'aws:region': 'eu-central-1', worker: 'off', ...config }, 'staging');

describe('each rule on a rollout', () => {
  it.each(rows)('$id: $found, holds: $holds', ({ id, holds, found, config, numbers }) => {
    const settings = settingsWith(config);

    const outcome = check({ ...deriveNumbers(settings, exampleApp), ...numbers }, settings).find(
      (result) => result.id === id,
    );

    expect(outcome).toMatchObject({ id, holds, found });
  });

  it('has a case that keeps it and one that breaks it', () => {
    const ids = rolloutRules.map(({ id }) => id);
    const covered = (holds: boolean) => ids.filter((id) => rows.some((row) => row.id === id && row.holds === holds));

    expect(covered(true)).toEqual(ids);
    expect(covered(false)).toEqual(ids);
  });
});

describe('the time that a rollout may take', () => {
  it.each([
    ['rolling: three failures of two tasks at a time, and the rollback', {}, 705],
    ['blue-green: one start, the bake, and the rollback', blueGreen, 510 + 600],
    ['canary: both bakes', canary, 510 + 1200],
  ])('%s', (_name, config, seconds) => {
    expect(deriveNumbers(settingsWith(config), exampleApp).rolloutTimeoutSeconds).toBe(seconds);
  });

  it('counts two whole fleets of connections however a release takes over', () => {
    const rolling = deriveNumbers(settingsWith(), exampleApp).database;

    expect(deriveNumbers(settingsWith(blueGreen), exampleApp).database).toEqual(rolling);
    expect(deriveNumbers(settingsWith(canary), exampleApp).database).toEqual(rolling);
  });
});
