import { describe, expect, it } from 'vitest';
import { deriveContract } from '../../infra/contract/contract.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { exampleApp } from '../../infra/testing/example-app.ts';
import { readEnvironment } from '../program/settings.ts';
import { MemoryClock } from '../release/testing/memory-flow.ts';
import { rejection } from '../release/testing/rejection.ts';
import { checkTime } from './time-limit.ts';

const project = `${import.meta.dirname}/../..`;
const clock = new MemoryClock();

function canary(bakeMinutes: string) {
  const values = { deploymentStrategy: 'canary', canaryBakeMinutes: bakeMinutes, bakeMinutes };
  const settings = parseSettings({ 'aws:region': 'eu-central-1', ...values }, 'qa');
  return { settings, contract: deriveContract(settings, exampleApp) };
}

describe('the time that a command may take', () => {
  it.each([
    ['staging', 'up'],
    ['prod', 'promote'],
    ['prod', 'rollback'],
  ] as const)(
    'of %s by %s fits into the hour of the workflows, by the settings of this project',
    async (environment, purpose) => {
      const facts = readEnvironment(project, environment);
      const finding = await checkTime(environment, purpose, facts, { STACK_TIME_LIMIT_MINUTES: '60' }, clock);
      expect(finding.value).toMatch(new RegExp(`^60 min, ${purpose} needs up to \\d+$`));
    },
  );

  it('of a canary that bakes longer than the job lasts is refused before the first change', async () => {
    const limited = checkTime('qa', 'promote', canary('60'), { STACK_TIME_LIMIT_MINUTES: '60' }, clock);
    const { code, message, remedy } = await rejection(limited);
    expect({ code, message }).toEqual({
      code: 'TIME_TOO_SHORT',
      message: expect.stringMatching(
        /^promote of qa may take 2\d\d min, but its job or its credentials end in 60 min\.$/,
      ),
    });
    const named = /DEPLOY_MINUTES to (\d+)/.exec(remedy ?? '')?.[1] ?? '';
    const enough = await checkTime('qa', 'promote', canary('60'), { STACK_TIME_LIMIT_MINUTES: named }, clock);
    expect(enough.value).toBe(`${named} min, promote needs up to ${named}`);
  });

  it('of a rollback has no migrations and no rollback of its own', async () => {
    const limit = { STACK_TIME_LIMIT_MINUTES: '600' };
    const needed = async (purpose: 'up' | 'promote' | 'rollback') => {
      const { value } = await checkTime('qa', purpose, canary('20'), limit, clock);
      return Number(value?.split(' ').at(-1));
    };
    const { rolloutTimeoutSeconds } = canary('20').contract;
    expect(await needed('rollback')).toBe(Math.ceil((rolloutTimeoutSeconds + 600) / 60));
    expect(await needed('up')).toBe(Math.ceil((rolloutTimeoutSeconds + 900 + 600) / 60));
    expect(await needed('promote')).toBe(Math.ceil((2 * rolloutTimeoutSeconds + 900 + 600) / 60));
  });

  it('is also that of credentials in variables', async () => {
    const at = new Date(clock.now() + 10 * 60_000).toISOString();
    const limited = checkTime('qa', 'up', canary('10'), { AWS_CREDENTIAL_EXPIRATION: at }, clock);
    expect((await rejection(limited)).message).toMatch(/end in 10 min\.$/);
  });

  it('is not limited where nothing says so', async () => {
    expect(await checkTime('qa', 'up', canary('60'), {}, clock)).toEqual({
      skipped: 'neither the job nor the credentials end at a known time',
    });
  });
});
