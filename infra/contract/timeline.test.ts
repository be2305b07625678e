import { describe, expect, it } from 'vitest';
import { fitSettings } from '../manifest/fit.ts';
import { parseSettings } from '../settings/parse.ts';
import { exampleApp } from '../testing/example-app.ts';
import { deriveContract } from './contract.ts';
import { type MeasuredPhases, timelineOf, timelinesOnAws } from './timeline.ts';

function timelines(given: Readonly<Record<string, string>> = {}, measured: MeasuredPhases = {}) {
  const settings = fitSettings(parseSettings({ 'aws:region': 'eu-central-1', ...given }, 'staging'), exampleApp);
  return timelinesOnAws(deriveContract(settings, exampleApp), settings, measured);
}

const seconds = (phases: readonly { readonly name: string; readonly seconds: number }[]) =>
  Object.fromEntries(phases.map((phase) => [phase.name, phase.seconds]));

describe('a rollout on ECS', () => {
  it('takes what the settings make it take, one phase after the other', () => {
    const { rollout } = timelines({ longestRequestSeconds: '30', drainDelaySeconds: '6', stopTimeoutSeconds: '45' });
    expect(seconds(rollout.phases)).toEqual({ pull: 60, boot: 60, healthy: 10, drain: 35, stop: 6, bake: 300 });
    expect(rollout.seconds).toBe(471);
    expect(rollout.servesAfterSeconds).toBe(130);
    expect(rollout.costliest).toEqual({ setting: 'longestRequestSeconds', seconds: 35 });
  });

  it('counts a limit as a limit until it was measured', () => {
    expect(timelines().rollout.atMost).toBe(true);
    const { rollout } = timelines({}, { pull: 22, boot: 4 });
    expect(rollout.atMost).toBe(false);
    expect(seconds(rollout.phases)).toMatchObject({ pull: 22, boot: 4 });
  });

  it('names the setting that costs most: more checks, checks further apart, a bake time', () => {
    const costliest = (given: Readonly<Record<string, string>>) => timelines(given).rollout.costliest?.setting;
    expect(costliest({ healthyThreshold: '10' })).toBe('healthyThreshold');
    expect(costliest({ healthCheckIntervalSeconds: '30', toleratedOutageSeconds: '90' })).toBe(
      'healthCheckIntervalSeconds',
    );
    expect(costliest({ deploymentStrategy: 'blue-green', bakeMinutes: '15' })).toBe('bakeMinutes');
    expect(costliest({ deploymentStrategy: 'canary', bakeMinutes: '5', canaryBakeMinutes: '20' })).toBe(
      'canaryBakeMinutes',
    );
  });

  it('does not send all requests to a canary before its bake is over', () => {
    const { rollout } = timelines({ deploymentStrategy: 'canary', bakeMinutes: '10', canaryBakeMinutes: '5' });
    expect(rollout.servesAfterSeconds).toBe(130 + 300);
    expect(seconds(rollout.phases)['bake']).toBe(900);
  });

  it('would take about nine minutes with the defaults of ECS and ALB', () => {
    const { defaults } = timelines({}, { boot: 4 });
    expect(seconds(defaults?.phases ?? [])).toEqual({ pull: 60, boot: 4, healthy: 150, drain: 300, stop: 30 });
    expect(defaults?.seconds).toBe(544);
  });
});

describe('a rollback on ECS', () => {
  it.each([['blue-green'], ['canary']])('skips the bake times of %s', (deploymentStrategy) => {
    const { rollout, rollback } = timelines({ deploymentStrategy, bakeMinutes: '10' });
    expect(seconds(rollback.phases)).not.toHaveProperty('bake');
    expect(rollout.seconds - rollback.seconds).toBeGreaterThanOrEqual(600);
    expect(rollback.servesAfterSeconds).toBe(130);
  });

  it('of a rolling update is one more rolling update', () => {
    const { rollout, rollback } = timelines();
    expect(rollback).toEqual(rollout);
  });
});

it('timelineOf does not add what happens at the same time', () => {
  const phases = [
    { name: 'boot', seconds: 4, basis: 'measured' },
    { name: 'stop', seconds: 5, basis: 'settings', setting: 'drainDelaySeconds' },
    { name: 'bake', seconds: 3, basis: 'platform' },
  ] as const;
  expect(timelineOf(phases).seconds).toBe(12);
  expect(timelineOf(phases, { bakesMeanwhile: true }).seconds).toBe(9);
});
