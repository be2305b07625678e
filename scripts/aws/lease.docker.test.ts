import { once } from 'node:events';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../release/clock.ts';
import { rejection } from '../release/testing/rejection.ts';
import { createClients } from './clients.ts';
import { acquireLease, type LeaseHolder, thisProcess } from './lease.ts';
import { readFolder } from './parameters.ts';
import { type MiniStack, reasonWithoutMiniStack, startMiniStack } from './testing/ministack.ts';

const skipped = await reasonWithoutMiniStack();

/** Time that a test moves; beats happen when it passes their moment. */
class ManualClock implements Clock {
  #now = Date.parse('2026-11-21T12:00:00Z');
  readonly #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      this.#sleepers.push({ at: this.#now + milliseconds, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const { at, wake } of this.#sleepers) if (at <= this.#now) wake();
  }
}

const elsewhere: LeaseHolder = { host: 'runner-7', user: 'ci', processId: 41 };

describe.skipIf(skipped)(`the lease of an environment${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let aws: MiniStack;
  let folders = 0;

  beforeAll(async () => {
    aws = await startMiniStack({ containers: false });
  });
  afterAll(async () => aws?.[Symbol.asyncDispose]());

  const place = () => {
    folders += 1;
    return { ssm: aws.clients.ssm, path: `/nest-fargate/env${folders}/lock`, environment: 'prod' };
  };

  test('is held by one; the other is told who, why and since when', async () => {
    const at = { ...place(), clock: new ManualClock() };
    const first = await acquireLease({ ...at, purpose: 'promote from staging', holder: elsewhere });
    const failure = await rejection(acquireLease({ ...at, purpose: 'up', holder: thisProcess }));
    expect(failure.code).toBe('ENVIRONMENT_LOCKED');
    expect(failure.message).toMatch(
      /^prod is being changed by ci@runner-7 \(process 41\): promote from staging, since 2026-11-21T12:00:00.000Z, last heartbeat \d+ s ago\.$/,
    );
    await first.release();
    await (await acquireLease({ ...at, purpose: 'up', holder: thisProcess })).release();
  });

  test('goes to exactly one of many who ask at once, and leaves one parameter behind', async () => {
    const at = { ...place(), clock: new ManualClock() };
    const asks = Array.from({ length: 8 }, (_, index) =>
      acquireLease({ ...at, purpose: 'up', holder: { ...elsewhere, host: `runner-${index}` } }),
    );
    const outcomes = await Promise.allSettled(asks);
    const held = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(held).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('ENVIRONMENT_LOCKED');
      else await outcome.value.release();
    }
    await (await acquireLease({ ...at, purpose: 'up', holder: thisProcess })).release();
    expect([...(await readFolder(aws.clients.ssm, at.path)).keys()]).toEqual(['0000002']);
  });

  test('holds for as long as its holder beats, whatever the clock of whoever asks says', async () => {
    const clock = new ManualClock();
    const at = { ...place(), clock };
    const lease = await acquireLease({ ...at, purpose: 'up', holder: elsewhere });
    const beats = async () => [...(await readFolder(aws.clients.ssm, at.path)).values()].at(-1);
    for (let minute = 0; minute < 5; minute += 1) {
      const before = await beats();
      clock.pass(60_000);
      await expect.poll(beats).not.toBe(before);
    }
    for (const skewSeconds of [150, -150, 86_400]) {
      const skewed = new ManualClock();
      skewed.pass(5 * 60_000 + skewSeconds * 1000);
      expect(
        (await rejection(acquireLease({ ...at, clock: skewed, purpose: 'up', holder: thisProcess }))).message,
      ).toMatch(/^prod is being changed by ci@runner-7 \(process 41\): up, since .+Z, last heartbeat \d+ s ago\.$/);
    }
    await lease.release();
  });

  test('ends when Parameter Store has seen no heartbeat for two minutes', async () => {
    const at = { ...place(), clock: new ManualClock() };
    await acquireLease({ ...at, purpose: 'up', holder: elsewhere });
    const ask = (ssm: SSMClient) => acquireLease({ ...at, ssm, purpose: 'up', holder: thisProcess });
    expect((await rejection(ask(clientLater(100_000)))).code).toBe('ENVIRONMENT_LOCKED');
    await (await ask(clientLater(130_000))).release();
  });

  test('that another took while its holder slept is lost: the holder is told before it changes anything', async () => {
    const clock = new ManualClock();
    const at = { ...place(), clock };
    const lease = await acquireLease({ ...at, purpose: 'up', holder: elsewhere });
    await lease.assertHeld();
    const taken = await acquireLease({ ...at, ssm: clientLater(130_000), purpose: 'rollback', holder: thisProcess });

    const failure = await rejection(lease.assertHeld());
    expect(failure.code).toBe('LOCK_LOST');
    expect(failure.message).toBe(
      `The lock of prod was taken by ${thisProcess.user}@${thisProcess.host} (process ${process.pid}): rollback, since 2026-11-21T12:00:00.000Z. This command stopped: it changes nothing any more.`,
    );
    expect(failure.remedy).toMatch(/^`npm run stack -- history prod --target aws` shows what the other command did\./);
    expect(lease.lost.aborted).toBe(true);

    await taken.assertHeld();
    await lease.release();
    expect([...(await readFolder(aws.clients.ssm, at.path)).keys()]).toEqual(['0000002']);
    await taken.release();
    await (await acquireLease({ ...at, purpose: 'up', holder: thisProcess })).release();
  });

  test('that was taken and released again is lost all the same', async () => {
    const at = { ...place(), clock: new ManualClock() };
    const lease = await acquireLease({ ...at, purpose: 'up', holder: elsewhere });
    await (await acquireLease({ ...at, ssm: clientLater(130_000), purpose: 'down', holder: thisProcess })).release();
    expect((await rejection(lease.assertHeld())).message).toContain(
      ': down, since 2026-11-21T12:00:00.000Z, and has been released since. ',
    );
  });

  test('that was lost is noticed by the next heartbeat, which does not write it again', async () => {
    const clock = new ManualClock();
    const at = { ...place(), clock };
    const lease = await acquireLease({ ...at, purpose: 'up', holder: elsewhere });
    const taken = await acquireLease({ ...at, ssm: clientLater(130_000), purpose: 'up', holder: thisProcess });
    const lost = once(lease.lost, 'abort');
    clock.pass(30_000);
    await lost;
    expect([...(await readFolder(aws.clients.ssm, at.path)).keys()]).toEqual(['0000002']);
    await taken.release();
  });

  test('is not taken over where the answer does not tell the time', async () => {
    const at = { ...place(), clock: new ManualClock() };
    at.clock.pass(86_400_000);
    await acquireLease({ ...at, clock: new ManualClock(), purpose: 'up', holder: elsewhere });
    const failure = await rejection(
      acquireLease({ ...at, ssm: clientLater('never'), purpose: 'up', holder: thisProcess }),
    );
    expect(failure.code).toBe('ENVIRONMENT_LOCKED');
  });

  test('of a process of this machine that died is free at once', async () => {
    const at = { ...place(), clock: new ManualClock() };
    const dead = await execa(process.execPath, ['-p', 'process.pid']);
    await acquireLease({ ...at, purpose: 'up', holder: { ...thisProcess, processId: Number(dead.stdout) } });
    await (await acquireLease({ ...at, purpose: 'rollback', holder: thisProcess })).release();
  });

  test('of a machine that shares the host name is not taken for that of a process here', async () => {
    const at = { ...place(), clock: new ManualClock() };
    const dead = await execa(process.execPath, ['-p', 'process.pid']);
    const namesake = { ...thisProcess, machine: 'another boot', processId: Number(dead.stdout) };
    await acquireLease({ ...at, purpose: 'up', holder: namesake });
    expect((await rejection(acquireLease({ ...at, purpose: 'up', holder: thisProcess }))).code).toBe(
      'ENVIRONMENT_LOCKED',
    );
  });

  /** A client that is answered as the service would answer so much later. */
  function clientLater(milliseconds: number | 'never'): SSMClient {
    const { ssm } = createClients(aws.access);
    ssm.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request);
        const { headers } = result.response as { headers: Record<string, string> };
        const name = Object.keys(headers).find((header) => header.toLowerCase() === 'date') ?? '';
        if (milliseconds === 'never') delete headers[name];
        else headers[name] = new Date(Date.parse(headers[name] ?? '') + milliseconds).toUTCString();
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    return ssm;
  }
});
