import { beforeAll, describe, expect, it } from 'vitest';
import { JobStore, type StoredJob } from '../src/outbox/job-store.ts';
import { connectTo } from './support/database-in-process.ts';
import { addJob, passTime } from './support/jobs-in-database.ts';
import { createDatabase, type Variables } from './support/running-app.ts';

const connect = async (variables: Variables) => new JobStore(await connectTo(variables));

describe('jobs in Postgres', () => {
  let variables: Variables;
  beforeAll(async () => {
    variables = await createDatabase({ migrated: true });
  });

  const idsOf = (jobs: readonly StoredJob[]) => jobs.map(({ id }) => id);

  it('have their effect once, when two do the same job at the same time', async () => {
    const store = await connect(variables);
    const id = await addJob(variables, 'welcome-mail', {});
    const effects: string[] = [];
    const began = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const first = store.finish(id, async () => {
      effects.push('first');
      began.resolve();
      await release.promise;
    });
    await began.promise;
    const second = store.finish(id, async () => void effects.push('second'));
    release.resolve();
    expect(await Promise.all([first, second])).toEqual([true, false]);
    expect(effects).toEqual(['first']);
    expect(await store.findOpen({ id, postponements: 0 })).toBeUndefined();
  });

  it('are not done when their effect fails', async () => {
    const store = await connect(variables);
    const id = await addJob(variables, 'welcome-mail', {});
    await expect(store.finish(id, () => Promise.reject(new Error('no effect')))).rejects.toThrow('no effect');
    expect(await store.findOpen({ id, postponements: 0 })).toMatchObject({ attempts: 0 });
    expect(await store.finish(id, async () => undefined)).toBe(true);
  });

  it('that wait for their time tell when it comes, and those that were sent tell nothing', async () => {
    const store = await connect(variables);
    await store.sendUnsent(100, async () => undefined);
    expect(await store.msUntilDue()).toBe(Number.POSITIVE_INFINITY);
    const [soon, late] = [await addJob(variables, 'welcome-mail', {}), await addJob(variables, 'welcome-mail', {})];
    expect(await store.msUntilDue()).toBeLessThanOrEqual(0);
    await store.postpone({ id: late, postponements: 0 }, { seconds: 900, usesAttempt: false });
    await store.postpone({ id: soon, postponements: 0 }, { seconds: 600, usesAttempt: false });
    const ms = await store.msUntilDue();
    expect([ms > 500_000, ms <= 600_000]).toEqual([true, true]);
    await Promise.all([soon, late].map((id) => store.finish(id, async () => undefined)));
  });

  it('are sent by one sender each, and by another one when sending fails', async () => {
    const store = await connect(variables);
    await store.sendUnsent(100, async () => undefined);
    const added = await Promise.all([1, 2, 3, 4].map(() => addJob(variables, 'welcome-mail', {})));
    const sent: string[][] = [];
    const meeting = Promise.withResolvers<void>();
    const send = async (jobs: readonly StoredJob[]) => {
      sent.push(idsOf(jobs));
      if (sent.length === 2) {
        meeting.resolve();
      }
      await meeting.promise;
    };
    expect(await Promise.all([store.sendUnsent(2, send), store.sendUnsent(2, send)])).toEqual([2, 2]);
    expect(sent.flat().toSorted()).toEqual(added.toSorted());

    const another = await addJob(variables, 'welcome-mail', {});
    await expect(store.sendUnsent(9, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    const again: string[] = [];
    expect(await store.sendUnsent(9, async (jobs) => void again.push(...idsOf(jobs)))).toBe(1);
    expect(again).toEqual([another]);
    expect(await store.sendLost(9, 60, async () => undefined)).toBe(0);
    expect(await store.sendLost(9, -1, async () => undefined)).toBe(5);
  });

  it('that are postponed are sent when they are due, as another round, and the round before comes too late', async () => {
    const store = await connect(variables);
    await store.sendUnsent(100, async () => undefined);
    const id = await addJob(variables, 'welcome-mail', {});
    const first = { id, postponements: 0 };
    expect(await store.postpone(first, { seconds: 3_600, usesAttempt: true, error: 'no answer' })).toBe(true);
    expect(await store.sendUnsent(9, async () => undefined)).toBe(0);
    expect(await store.backlog()).toMatchObject({ postponed: 1 });
    await passTime(variables, 3_601);
    expect(await store.backlog()).toMatchObject({ postponed: 0 });

    const effects: string[] = [];
    expect(await store.postpone(first, { seconds: 1, usesAttempt: true }, async () => void effects.push('late'))).toBe(
      false,
    );
    expect(effects).toEqual([]);
    const sent: StoredJob[] = [];
    await store.sendUnsent(9, async (jobs) => void sent.push(...jobs));
    expect(sent).toMatchObject([{ id, postponements: 1 }]);
    expect(await store.findOpen(first)).toBeUndefined();
    expect(await store.findOpen({ id, postponements: 1 })).toMatchObject({ attempts: 1 });
    await store.postpone({ id, postponements: 1 }, { seconds: 0, usesAttempt: false });
    expect(await store.findOpen({ id, postponements: 2 })).toMatchObject({ attempts: 1 });
  });

  it('that were given up begin again when a person says so', async () => {
    const store = await connect(variables);
    const id = await addJob(variables, 'welcome-mail', {});
    await store.postpone({ id, postponements: 0 }, { seconds: 3_600, usesAttempt: true });
    await store.bury(id, 'no use');
    expect(await store.findOpen({ id, postponements: 1 })).toBeUndefined();
    await store.revive([id]);
    expect(await store.findOpen({ id, postponements: 2 })).toMatchObject({ attempts: 0 });
    const sent: StoredJob[] = [];
    await store.sendUnsent(9, async (jobs) => void sent.push(...jobs));
    expect(idsOf(sent)).toContain(id);
  });
});
