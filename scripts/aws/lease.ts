import { hostname } from 'node:os';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { z } from 'zod';
import { Refusal, type UserError } from '../messages/user-error.ts';
import { userName } from '../messages/user-name.ts';
import { isAlive, thisMachine } from '../pulumi/this-machine.ts';
import type { Clock } from '../release/clock.ts';
import { lockLost } from '../release/lock.ts';
import type { Lock } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import {
  type AgedParameter,
  createParameter,
  deleteParameters,
  overwriteParameter,
  readFolder,
  readFolderWithAges,
} from './parameters.ts';

/** Interval of the heartbeat. */
const beatMilliseconds = 30_000;
/** Four missed heartbeats: the holder's machine is down, or asleep. */
const staleMilliseconds = 2 * 60_000;
const digits = 7;

const leaseSchema = z.object({
  state: z.enum(['held', 'released']),
  by: z.string(),
  host: z.string(),
  processId: z.number(),
  /** Where `processId` means this process and no other; absent where that cannot be told, and in leases of earlier versions. */
  machine: z.string().optional(),
  purpose: z.string(),
  /** ISO 8601, by the holder's clock: for people, never compared. */
  since: z.string(),
  /** The last heartbeat, likewise. Parameter Store knows when it was written. */
  beat: z.string(),
});

type Holding = z.output<typeof leaseSchema>;

export interface LeaseHolder {
  readonly host: string;
  readonly user: string;
  readonly processId: number;
  /** Identifies the processes among which `processId` is unique. */
  readonly machine?: string | undefined;
}

export const thisProcess: LeaseHolder = {
  host: hostname(),
  user: userName(),
  processId: process.pid,
  machine: thisMachine,
};

export interface LeaseOptions {
  readonly ssm: SSMClient;
  readonly path: string;
  readonly environment: string;
  readonly purpose: string;
  readonly clock: Clock;
  readonly holder: LeaseHolder;
}

/** A lock that another may take when this process slept, or was cut off from AWS, for longer than heartbeats may be missed. */
export interface Lease extends Lock {
  /** Asks Parameter Store, and rejects with `LOCK_LOST` if another has taken the lock. Nothing changes without it. */
  assertHeld(): Promise<void>;
  /** Aborts with that error as soon as it is known. */
  readonly lost: AbortSignal;
}

/**
 * The lock of an environment, for as long as the holder sends heartbeats.
 *
 * No clock is compared with another machine's: the age of a heartbeat is Parameter Store's own account.
 *
 * Parameter Store has no compare-and-swap, but of two who create the same name one fails. So each generation of the lock
 * is a new parameter, `<path>/<generation>`: whoever finds the latest one released, or without a heartbeat, tries to
 * create the next. The engine has a lock of its own; this one also covers what comes before and after the engine:
 * approval, verification, rollback, the ledger.
 */
export async function acquireLease(options: LeaseOptions): Promise<Lease> {
  const { ssm, path, clock, environment } = options;
  return talkToAws(async () => {
    const generations = await readFolderWithAges(ssm, path);
    const [latest, newest] = [...generations].at(-1) ?? [];
    const current = newest === undefined ? undefined : leaseSchema.parse(JSON.parse(newest.value));
    if (current !== undefined && holds(current, newest, options)) throw locked(environment, current, newest);
    const name = `${path}/${String(Number(latest ?? 0) + 1).padStart(digits, '0')}`;
    const since = new Date(clock.now()).toISOString();
    if (!(await createParameter(ssm, name, render(options, 'held', since)))) throw await overtaken(options, name);
    await deleteParameters(
      ssm,
      [...generations.keys()].map((generation) => `${path}/${generation}`),
    );
    return keepAlive(options, name, since);
  });
}

/** A lease of unknown age holds: it is taken over only when it is known to be over. */
function holds(
  { state, machine, processId }: Holding,
  { ageMilliseconds }: Pick<AgedParameter, 'ageMilliseconds'> = { ageMilliseconds: undefined },
  { holder }: LeaseOptions,
): boolean {
  if (state === 'released') return false;
  if (ageMilliseconds !== undefined && ageMilliseconds > staleMilliseconds) return false;
  return machine === undefined || machine !== holder.machine || isAlive(processId);
}

async function overtaken({ ssm, path, environment }: LeaseOptions, name: string): Promise<UserError> {
  const winner = (await readFolder(ssm, path)).get(name.slice(path.length + 1));
  return locked(environment, winner === undefined ? undefined : leaseSchema.parse(JSON.parse(winner)));
}

function locked(
  environment: string,
  lease: Holding | undefined,
  { ageMilliseconds }: Partial<AgedParameter> = {},
): UserError {
  const who = lease === undefined ? 'another process' : `${lease.by}@${lease.host} (process ${lease.processId})`;
  const heartbeat = ageMilliseconds === undefined ? '' : `, last heartbeat ${Math.round(ageMilliseconds / 1000)} s ago`;
  const what = lease === undefined ? '' : `: ${lease.purpose}, since ${lease.since}${heartbeat}`;
  return new Refusal({
    code: 'ENVIRONMENT_LOCKED',
    message: `${environment} is being changed by ${who}${what}.`,
    rule: 'One command at a time changes an environment.',
    remedy: `Wait for it. If it was killed, its lock expires ${staleMilliseconds / 60_000} minutes after the last heartbeat.`,
  });
}

function render({ purpose, holder, clock }: LeaseOptions, state: Holding['state'], since: string): string {
  const lease: Holding = {
    state,
    by: holder.user,
    host: holder.host,
    processId: holder.processId,
    ...(holder.machine === undefined ? {} : { machine: holder.machine }),
    purpose,
    since,
    beat: new Date(clock.now()).toISOString(),
  };
  return JSON.stringify(lease);
}

function keepAlive(options: LeaseOptions, name: string, since: string): Lease {
  const { ssm, path, clock } = options;
  const over = new AbortController();
  const lost = new AbortController();
  /** A heartbeat that comes too late must not write a lock that is gone. */
  const isHeld = async () => {
    const [latest, value] = [...(await readFolder(ssm, path))].at(-1) ?? [];
    if (`${path}/${latest}` === name) return true;
    lost.abort(takenBy(options, value === undefined ? undefined : leaseSchema.parse(JSON.parse(value))));
    return false;
  };
  const beating = (async () => {
    while (!over.signal.aborted && !lost.signal.aborted) {
      await clock.sleep(beatMilliseconds, over.signal).catch(() => undefined);
      if (over.signal.aborted) return;
      // One missed heartbeat does no harm; four in a row lose the lock.
      await beat().catch(() => undefined);
    }
  })();
  async function beat(): Promise<void> {
    if (await isHeld()) await overwriteParameter(ssm, name, render(options, 'held', since));
  }
  return {
    lost: lost.signal,
    async assertHeld() {
      if (!lost.signal.aborted) await talkToAws(isHeld);
      lost.signal.throwIfAborted();
    },
    async release() {
      over.abort();
      await beating;
      await talkToAws(async () => {
        if (await isHeld()) await overwriteParameter(ssm, name, render(options, 'released', since));
      });
    },
  };
}

function takenBy({ environment }: LeaseOptions, lease: Holding | undefined): UserError {
  const who =
    lease === undefined
      ? 'was removed'
      : `was taken by ${lease.by}@${lease.host} (process ${lease.processId}): ${lease.purpose}, since ${lease.since}`;
  const ended = lease?.state === 'released' ? ', and has been released since' : '';
  return lockLost('aws', environment, `${who}${ended}`, staleMilliseconds / 60_000);
}
