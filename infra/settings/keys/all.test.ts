import { describe, expect, it } from 'vitest';
import { parseSettings } from '../parse.ts';
import { allSettings, settingGroups, settingsByKey } from './all.ts';
import { settingsOf } from './group.ts';

const settings = [...new Set(settingsOf(allSettings))];

describe('the settings', () => {
  it('have keys of their own, and each is in one group', () => {
    expect(settings.length).toBe(settingsByKey.size);
    expect(settingGroups.flatMap(({ settings }) => settings)).toEqual([...settingsByKey.values()]);
  });

  it.each(settings.map((setting) => [setting.key, setting] as const))('%s is described in full', (_key, setting) => {
    const { description, rule, example, unit } = setting.facts;

    expect(description).toMatch(/^[A-Z`].*[.]$/);
    expect(rule).not.toMatch(/[.]$/);
    expect(example).not.toBe('');
    if (/(Seconds|Ms|Days|MiB|GiB|KiB|Percent|Minutes)$/.test(setting.key)) expect(unit).toBeDefined();
  });

  it.each(
    settings.filter(({ facts }) => !/[…<]/.test(facts.example)).map((setting) => [setting.key, setting] as const),
  )('%s accepts its example', (_key, { schema, facts }) => {
    expect(schema.safeParse(facts.example).success).toBe(true);
  });
});

describe('features', () => {
  const parse = (config: Record<string, string>) =>
    parseSettings({ 'aws:region': 'eu-central-1', ...config }, 'staging');

  it.each([
    [{}, { kind: 'rolling' }],
    [{ deploymentStrategy: 'blue-green' }, { kind: 'blue-green', bakeMinutes: 10 }],
    [
      { deploymentStrategy: 'canary', canaryPercent: '5' },
      { kind: 'canary', bakeMinutes: 10, canaryPercent: 5, canaryBakeMinutes: 10 },
    ],
  ])('rollout: %j', (config, rollout) => {
    expect(parse(config).rollout).toEqual(rollout);
  });

  it('are absent when they are off', () => {
    const all = parse({ worker: 'off', valkey: 'off', firewall: 'off' });

    for (const name of ['worker', 'valkey', 'mail', 'tracing', 'nightlyStop', 'github'])
      expect(all).not.toHaveProperty(name);
    expect(Object.keys(all.edge)).toEqual(['plainHttp', 'syntheticCheck', 'accessLogRetentionDays']);
    expect(Object.keys(all.observability)).toEqual(['logRetentionDays', 'containerInsights']);
  });

  it('have all of their settings when they are on', () => {
    const all = parse({
      workerMemoryMiB: '1024',
      cpuTargetPercent: '50',
      stopTasksAt: '20:00',
      startTasksAt: '07:00',
      githubRepository: 'example/api',
      imagePullAccountIds: '123456789012,210987654321',
    });

    expect(all.worker).toEqual({
      cpuUnits: 256,
      memoryMiB: 1024,
      desiredCount: 1,
      maxCount: 2,
      cpuTargetPercent: 50,
      memoryTargetPercent: 80,
      concurrency: 4,
      longestJobSeconds: 30,
      queueAgeTargetSeconds: 30,
    });
    expect(all.api.cpuTargetPercent).toBe(50);
    expect(all.valkey).toEqual({
      nodeType: 'cache.t4g.micro',
      replicas: 0,
      snapshotRetentionDays: 1,
      snapshotWindow: '01:00-02:00',
      maintenanceWindow: 'sun:04:30-sun:05:30',
    });
    expect(all.nightlyStop).toEqual({ from: '20:00', until: '07:00', timezone: 'UTC' });
    expect(all.github).toEqual({ repository: 'example/api', pullRequests: false });
    expect(all.release.pullAccountIds).toEqual(['123456789012', '210987654321']);
  });
});
