import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { LockHolder } from '../pulumi/locks.ts';
import { rejection } from '../release/testing/rejection.ts';
import { assertBackendFree, clearDeadLock } from './backend-lock.ts';

const dead = Number(spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout);
/** As another machine of the same name writes it, where this process id is that of an update in progress. */
const namesake: LockHolder = { user: 'ci', host: hostname(), processId: dead, at: '2026-11-21T12:00:00Z' };
const ours: LockHolder = { ...namesake, user: 'ada' };

/** @param locks undefined: the backend keeps them to itself */
function backend(locks: readonly LockHolder[] | undefined) {
  const cancelled: string[] = [];
  return {
    cancelled,
    locks: () => Promise.resolve(locks),
    isLeftBehind: (environment: string, holder: LockHolder) => environment === 'prod' && holder === ours,
    cancel: async (environment: string) => void cancelled.push(environment),
  };
}

describe('the lock of the backend', () => {
  it('is never removed while it may be that of a machine with the same name', async () => {
    const found = backend([namesake]);
    const failure = await rejection(clearDeadLock(found, 'prod'));
    expect(failure.code).toBe('ENVIRONMENT_LOCKED');
    expect(failure.message).toBe(
      `Pulumi has been updating prod for ci@${hostname()} (process ${dead}) since 2026-11-21T12:00:00Z.`,
    );
    expect(failure.remedy).toBe(
      `Wait for it. If process ${dead} on ${hostname()} is dead, \`pulumi cancel --stack prod\` removes its lock.`,
    );
    expect(found.cancelled).toEqual([]);
    expect((await rejection(assertBackendFree(found, 'prod'))).code).toBe('ENVIRONMENT_LOCKED');
  });

  it('is not removed where there is another beside ours: `pulumi cancel` takes them all', async () => {
    const found = backend([ours, namesake]);
    expect((await rejection(clearDeadLock(found, 'prod'))).message).toContain('ci@');
    expect(found.cancelled).toEqual([]);
  });

  it('is removed when a command left it that was killed here', async () => {
    const found = backend([ours]);
    await assertBackendFree(found, 'prod');
    expect(found.cancelled).toEqual([]);
    await clearDeadLock(found, 'prod');
    expect(found.cancelled).toEqual(['prod']);
  });

  it.each([[[]], [undefined]])('of nobody is left alone: %j', async (locks) => {
    const found = backend(locks);
    await clearDeadLock(found, 'prod');
    expect(found.cancelled).toEqual([]);
  });
});
