import { beforeEach, describe, expect, it } from 'vitest';
import { history } from './history.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { standing, unfinished } from './standing.ts';
import { expand, type MemoryFlow, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const one = release('1.0.0', expand('0-create'));
const two = release('2.0.0', expand('0-create'), expand('1-add'));
const never = new Promise<never>(() => undefined);

type Command = (flow: MemoryFlow) => Promise<unknown>;
const commands: Readonly<Record<string, Command>> = {
  up: async (flow) => await up(flow, 'staging'),
  'first up': async (flow) => await up(flow, 'staging'),
  promote: async (flow) => await promote(flow, promoteOptions),
  rollback: async (flow) => await rollback(flow, 'prod', rollbackOptions),
};

const environments: Readonly<Record<string, string>> = {
  up: 'staging',
  'first up': 'staging',
  promote: 'prod',
  rollback: 'prod',
};

/** What has to be there before each command changes something. */
async function platformBefore(command: string): Promise<MemoryPlatform> {
  const platform = new MemoryPlatform(one);
  if (command === 'first up') return platform;
  await releaseToProd(platform, one);
  platform.source = two;
  if (command === 'up') return platform;
  await up(memoryFlow(platform), 'staging');
  if (command === 'rollback') await promote(memoryFlow(platform), promoteOptions);
  return platform;
}

/** The names of the steps that the command takes when nobody disturbs it. */
async function stepsOf(command: string): Promise<readonly string[]> {
  const platform = await platformBefore(command);
  const names: string[] = [];
  platform.beforeStep = async (name) => void names.push(name);
  await commands[command]?.(memoryFlow(platform));
  return names;
}

/** All moments but most of the sample's requests, which are alike. */
function moments(names: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (name === 'request' && index % 10 > 0 ? [] : [index]));
}

async function assertAgreement(platform: MemoryPlatform, environment: string): Promise<void> {
  const { entries, tasks, lockedBy } = platform.environment(environment);
  expect(unfinished(entries)).toEqual([]);
  expect(lockedBy).toBeUndefined();
  expect((await history(memoryFlow(platform).target, environment)).disagreement).toBeUndefined();
  expect(standing(entries)?.outcome).toBe('good');
  expect(tasks.map(({ release }) => release.version)).toEqual(Array(2).fill(standing(entries)?.release.version));
}

/** The command dies at its n-th step: nothing of it runs any more, its lock is found stale, the platform is as it is. */
async function killAt(platform: MemoryPlatform, command: string, moment: number): Promise<void> {
  let step = 0;
  const died = new Promise<void>((resolve) => {
    platform.beforeStep = async () => {
      step += 1;
      if (step <= moment) return;
      resolve();
      await never;
    };
  });
  const ended = commands[command]?.(memoryFlow(platform));
  await Promise.race([died, ended]);
  platform.beforeStep = async () => undefined;
  platform.releaseLocksOfTheDead();
}

describe.each(Object.keys(commands))('a killed %s', (command) => {
  const environment = environments[command] ?? '';

  describe.each([
    ['stops where it is', false],
    ['continues by itself', true],
  ])('while the platform %s', (_, goesOn) => {
    it('is finished by the next up, at whatever moment it died', async () => {
      for (const moment of moments(await stepsOf(command))) {
        const platform = await platformBefore(command);
        await killAt(platform, command, moment);
        if (goesOn) platform.settle(environment);
        await up(memoryFlow(platform), environment);
        await assertAgreement(platform, environment);
      }
    });
  });
});

describe.each(['up', 'promote', 'rollback'])('a killed %s', (command) => {
  const environment = environments[command] ?? '';

  it.each([
    ['stops where it is', false],
    ['continues by itself', true],
  ])('while the platform %s is undone by the next rollback, or finished if it was one', async (_, goesOn) => {
    for (const moment of moments(await stepsOf(command))) {
      const platform = await platformBefore(command);
      await killAt(platform, command, moment);
      if (unfinished(platform.environment(environment).entries).length === 0) continue;
      if (goesOn) platform.settle(environment);
      await rollback(memoryFlow(platform), environment, rollbackOptions);
      await assertAgreement(platform, environment);
      expect(platform.environment(environment).tasks[0]?.release.version).toBe('1.0.0');
    }
  });
});

describe('a killed promote', () => {
  it('is noticed by the next promotion', async () => {
    const platform = await platformBefore('promote');
    await killAt(platform, 'promote', (await stepsOf('promote')).indexOf('roll out'));
    expect((await rejection(promote(memoryFlow(platform), promoteOptions))).code).toBe('UPDATE_UNFINISHED');
  });
});

describe.each(Object.keys(commands))('an interrupted %s', (command) => {
  const environment = environments[command] ?? '';

  it('ends as interrupted, leaves nothing open, and can be run again, at whatever moment it came', async () => {
    for (const moment of moments(await stepsOf(command))) {
      const platform = await platformBefore(command);
      const flow = memoryFlow(platform);
      let step = 0;
      platform.beforeStep = async () => {
        step += 1;
        if (step === moment + 1) flow.interrupt();
      };
      const ending = await commands[command]?.(flow).then(
        () => 'done',
        (error: unknown) => error,
      );
      platform.beforeStep = async () => undefined;
      if (ending !== 'done') expect(ending).toMatchObject({ code: 'INTERRUPTED' });
      expect(platform.environment(environment).lockedBy).toBeUndefined();
      expect(unfinished(platform.environment(environment).entries)).toEqual([]);
      await up(memoryFlow(platform), environment);
      await assertAgreement(platform, environment);
    }
  });
});

describe('an interrupted change', () => {
  let platform: MemoryPlatform;
  beforeEach(async () => {
    platform = await platformBefore('up');
  });

  function interruptAt(flow: MemoryFlow, name: string, times = 1): void {
    let seen = 0;
    platform.beforeStep = async (step) => {
      if (step === name) seen += 1;
      if (step === name && seen === times) flow.interrupt();
    };
  }

  it.each([
    ['lock', 1, 'Interrupted. Nothing was changed.', undefined],
    ['build', 1, 'Interrupted. 1.0.0 never stopped serving.', '`npm run stack -- up staging` starts again.'],
    ['wait', 2, 'Interrupted. 1.0.0 serves again, verified.', '`npm run stack -- up staging` starts again.'],
    ['request', 1, 'Interrupted. 2.0.0 runs, but was not verified.', '`npm run stack -- verify staging` finishes it.'],
  ])('of staging at "%s" %i says what it left', async (name, times, message, remedy) => {
    const flow = memoryFlow(platform);
    interruptAt(flow, name, times);
    expect(await rejection(up(flow, 'staging'))).toMatchObject({ code: 'INTERRUPTED', message, remedy });
  });

  it.each([
    ['wait', 2, 'Interrupted. Rolled back: 1.0.0 serves again, verified.'],
    ['request', 1, 'Interrupted. Rolled back: 1.0.0 serves again, verified.'],
  ])('of prod by promote at "%s" %i is rolled back', async (name, times, message) => {
    await up(memoryFlow(platform), 'staging');
    const flow = memoryFlow(platform);
    interruptAt(flow, name, times);
    expect(await rejection(promote(flow, promoteOptions))).toMatchObject({ code: 'INTERRUPTED', message });
    expect(platform.environment('prod').tasks.map(({ release }) => release.version)).toEqual(['1.0.0', '1.0.0']);
  });

  it('of prod by rollback is not undone: the same command finishes it', async () => {
    await up(memoryFlow(platform), 'staging');
    await promote(memoryFlow(platform), promoteOptions);
    const flow = memoryFlow(platform);
    interruptAt(flow, 'wait', 2);
    expect(await rejection(rollback(flow, 'prod', rollbackOptions))).toMatchObject({
      code: 'INTERRUPTED',
      message: 'Interrupted. What runs now: api 1 × 2.0.0 and 1 × 1.0.0.',
      remedy: 'Run the same command again to finish the rollback to 1.0.0.',
    });
    platform.beforeStep = async () => undefined;
    expect(await rollback(memoryFlow(platform), 'prod', rollbackOptions)).toMatchObject({
      release: one,
      changed: true,
    });
    await assertAgreement(platform, 'prod');
  });
});
