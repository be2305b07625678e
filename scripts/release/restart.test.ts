import { describe, expect, it } from 'vitest';
import { listSecrets, setSecret, unsetSecret } from './change-secrets.ts';
import { freeze } from './freeze.ts';
import { history } from './history.ts';
import { turnOn } from './maintenance.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import { readStatus } from './status.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const needed = [
  { name: 'PAYMENT_KEY', description: 'Key of the payment provider', readers: ['api'] },
  {
    name: 'MAIL_TOKEN',
    description: '',
    readers: ['worker'],
    arn: 'arn:aws:ssm:eu-central-1:123456789012:parameter/m',
  },
];
const all = { processes: [], secrets: needed };
const set = (flow: ReturnType<typeof memoryFlow>, value: string) =>
  setSecret(flow, 'staging', needed, { name: 'PAYMENT_KEY', value });

async function running() {
  const flow = memoryFlow();
  await up(flow, 'staging');
  await set(flow, 'one');
  return flow;
}
const idsOf = (flow: ReturnType<typeof memoryFlow>) => flow.platform.environment('staging').tasks.map(({ id }) => id);

describe('restart', () => {
  it('replaces every task by one of the same release, verifies it, and leaves the releases of the ledger alone', async () => {
    const flow = await running();
    const [before, entries] = [idsOf(flow), flow.platform.environment('staging').entries.length];
    const result = await restart(flow, 'staging', all);

    expect(result).toMatchObject({ version: '1.0.0', processes: ['api'] });
    expect(idsOf(flow).filter((id) => before.includes(id))).toEqual([]);
    expect(flow.progress.lines.join('\n')).toContain('Verify 1.0.0');
    expect(flow.platform.environment('staging').entries).toHaveLength(entries);
  });

  it('is in the history, and neither a release nor a way to roll back', async () => {
    const flow = await running();
    flow.platform.source = release('2.0.0');
    await up(flow, 'staging');
    const before = await readStatus(flow, 'staging');
    await restart(flow, 'staging', all);
    const { rows, operations } = await history(flow.target, 'staging');

    expect(operations?.[0]).toEqual({
      ...{ action: 'restart', what: 'api', version: '2.0.0', outcome: 'done', by: 'ada@desk' },
      ...{ at: expect.any(String), seconds: expect.any(Number) },
    });
    expect(rows.map(({ action, running }) => ({ action, running }))).toEqual([
      { action: 'up', running: true },
      { action: 'up', running: false },
    ]);
    expect((await readStatus(flow, 'staging')).rollback).toEqual(before.rollback);
    expect(await rollback(flow, 'staging', rollbackOptions)).toMatchObject({ release: { version: '1.0.0' } });
  });

  it('is in the history when it fails, is interrupted or cannot be verified, with the reason', async () => {
    const flow = await running();
    flow.platform.faults.neverReady.push('1.0.0');
    await rejection(restart(flow, 'staging', all));
    flow.platform.faults.neverReady.length = 0;
    await turnOn(flow, 'staging', { message: 'Back soon.', retryAfterSeconds: 60 });
    await restart(flow, 'staging', all);
    flow.platform.beforeStep = async (name) => {
      if (name === 'restart') flow.interrupt();
    };
    await rejection(restart(flow, 'staging', all));
    const { operations } = await history(flow.target, 'staging');

    expect(operations?.map(({ action, outcome, reason = '' }) => [action, outcome, reason.split(/[:.,]/)[0]])).toEqual(
      expect.arrayContaining([
        ['restart', 'failed', expect.stringMatching(/does not run|not run/)],
        ['restart', 'unverified', expect.stringMatching(/not verified|maintenance/i)],
        ['restart', 'failed', expect.stringMatching(/interrupted/i)],
        ['maintenance on', 'done', ''],
        ['secrets set', 'done', ''],
      ]),
    );
    expect(JSON.stringify(operations)).not.toContain('"one"');
  });

  it('says so when the new tasks do not serve', async () => {
    const flow = await running();
    flow.platform.faults.neverReady.push('1.0.0');

    expect(await rejection(restart(flow, 'staging', all))).toMatchObject({ code: 'NOT_RUNNING_AS_ASKED' });
  });

  it('refuses what it cannot do before it changes anything', async () => {
    const flow = memoryFlow();
    const code = async (options = all) => (await rejection(restart(flow, 'staging', options))).code;

    expect(await code()).toBe('SECRETS_MISSING');
    await set(flow, 'one');
    expect(await code()).toBe('NOTHING_RUNS');
    await up(flow, 'staging');
    expect(await rejection(restart(flow, 'staging', { ...all, processes: ['appi'] }))).toMatchObject({
      code: 'PROCESS_UNKNOWN',
      remedy: 'Did you mean api? There are: api.',
    });
    await freeze(flow, 'staging', 'holidays');
    expect(await code()).toBe('ENVIRONMENT_FROZEN');
    expect(flow.progress.lines).not.toContain('restart');
  });

  it('says that it was interrupted, and ends', async () => {
    const flow = await running();
    flow.platform.beforeStep = async (name) => {
      if (name === 'restart') flow.interrupt();
    };

    expect(await rejection(restart(flow, 'staging', all))).toMatchObject({ code: 'INTERRUPTED' });
    expect(flow.platform.environment('staging').lockedBy).toBeUndefined();
  });
});

describe('secrets', () => {
  it('are outdated in tasks that started before they changed, until these are replaced', async () => {
    const flow = await running();
    const { rows, notes } = await listSecrets(flow.target, 'staging', needed);

    expect(rows).toEqual([
      { ...needed[1], state: 'named', outdated: [] },
      { ...needed[0], state: 'set', changedAt: expect.any(String), outdated: ['api'] },
    ]);
    expect(notes).toEqual(['api still has the earlier value of PAYMENT_KEY: npm run stack -- restart staging api']);
    await restart(flow, 'staging', all);
    expect((await listSecrets(flow.target, 'staging', needed)).notes).toEqual([]);
  });

  it('that the manifest does not have any more are listed, and can be deleted', async () => {
    const flow = await running();
    expect((await rejection(unsetSecret(flow, 'staging', needed, 'PAYMENT_KEY'))).code).toBe('SECRET_IN_USE');
    expect((await listSecrets(flow.target, 'staging', [])).rows).toMatchObject([{ name: 'PAYMENT_KEY', readers: [] }]);
    expect(await unsetSecret(flow, 'staging', [], 'PAYMENT_KEY')).toBe(true);
    expect(await unsetSecret(flow, 'staging', [], 'PAYMENT_KEY')).toBe(false);
  });

  it.each([
    ['', 'is empty'],
    ['a\0b', 'has a NUL'],
    ['x'.repeat(4097), 'has 4097 bytes'],
    ['é'.repeat(2049), 'has 4098 bytes'],
  ])('have a value that AWS takes: not %j', async (value, problem) => {
    const failure = await rejection(set(memoryFlow(), value));
    expect(failure).toMatchObject({ code: 'SECRET_VALUE_INVALID', message: expect.stringContaining(problem) });
  });

  it('that a stack file names by an ARN are changed there', async () => {
    const setting = setSecret(memoryFlow(), 'staging', needed, { name: 'MAIL_TOKEN', value: 'x' });
    expect((await rejection(setting)).code).toBe('SECRET_ELSEWHERE');
  });

  it('change on no frozen environment', async () => {
    const flow = await running();
    await freeze(flow, 'staging', 'holidays');
    expect((await rejection(set(flow, 'two'))).code).toBe('ENVIRONMENT_FROZEN');
  });
});
