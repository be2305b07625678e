import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { insteadOf } from '../../../infra/compute/container/definition.ts';
import { listenerOf, type Process, readinessOf, releaseCommand } from '../../../infra/manifest/app.ts';
import { ensureCertificate } from '../../local/apply/certificate.ts';
import { folderOf } from '../../local/state/place.ts';
import { awaitLine, besideArguments } from '../observer/observer.ts';
import { NotChecked, type Report } from '../report.ts';
import { type Task, type Trial, usesDatabase } from '../trial.ts';

const pollMs = 500;
/** Long enough to see a process that ends because its idle connections broke. */
const leastOutageSeconds = 3;
/** Beyond what the app itself may take until it is no longer ready. */
const marginSeconds = 3;
const recoverySeconds = 30;
/** How long clients get to connect to the server that they must not trust. */
const impostorSeconds = 5;
const requestTimeoutMs = 3000;

interface Watched {
  readonly process: Process;
  readonly port?: number;
  readonly liveness?: string;
  /** Absent: it has none of its own. */
  readonly readiness?: string;
  readonly tasks: readonly Task[];
}

interface Seen {
  /** Why it did not count as alive at some time. */
  dead?: string | undefined;
  /** When its readiness path was first other than 200. */
  unreadyAfterSeconds?: number;
  /** What it answered then. */
  unreadyStatus?: number;
}

/**
 * Stops the database, puts a server in its place that nobody must trust, and starts it again: whoever uses it stays alive,
 * is not ready meanwhile, sends that server nothing, and recovers.
 */
export async function checkOutage(
  trial: Trial,
  report: Report,
  prefixOf: (process: Process) => string,
  processes: readonly Process[],
): Promise<void> {
  const using = processes.filter((process) => usesDatabase(trial, process));
  const watched = (await Promise.all(using.map((process) => watchedOf(trial, process)))).filter(
    ({ tasks }) => tasks.length > 0,
  );
  if (watched.length === 0) return;
  const seen = new Map<Process, Seen>(watched.map(({ process }) => [process, {}]));
  let met: Meetings = new Map();
  let failure: unknown;
  try {
    await trial.database.stop();
    await watchOutage(trial, watched, seen);
    met = await presentImpostor(trial, watched);
  } catch (error) {
    trial.signal.throwIfAborted();
    failure = error;
  }
  await trial.database.start();
  const recovered = await watchRecovery(trial, watched);
  for (const one of watched) {
    const prefix = prefixOf(one.process);
    const about = seen.get(one.process) ?? {};
    const checked = (tell: () => string) => async () => {
      if (failure !== undefined) throw failure;
      return tell();
    };
    await report.check(
      `${prefix}${one.liveness === undefined ? 'keeps running' : `GET ${one.liveness} stays 200`} while the database is unreachable`,
      checked(() => staysAlive(one, about)),
    );
    if (one.port !== undefined && one.liveness !== undefined && listensForTraffic(trial, one.process)) {
      const path = one.readiness ?? 'its readiness path';
      await report.check(
        `${prefix}${one.readiness === undefined ? path : `GET ${path}`} is 503 while the database is unreachable, and 200 again afterwards`,
        checked(() => isUnready(trial, one, about, recovered.get(one.process))),
      );
    }
    await report.check(
      `${prefix}refuses a database whose certificate is of another authority`,
      checked(() => refuses(one.tasks.flatMap(({ address }) => met.get(address) ?? []))),
    );
  }
  const { release } = trial.app;
  if (release !== undefined && usesDatabase(trial, releaseCommand)) {
    const known = new Set(watched.flatMap(({ tasks }) => tasks.map(({ address }) => address)));
    const others = [...met].filter(([address]) => !known.has(address)).flatMap(([, meetings]) => meetings);
    await report.check(
      'release command: refuses a database whose certificate is of another authority',
      checkedRelease(failure, others),
    );
  }
}

function checkedRelease(failure: unknown, others: readonly Meeting[]) {
  return async () => {
    if (failure !== undefined) throw failure;
    return refuses(others);
  };
}

function listensForTraffic({ app }: Trial, process: Process): boolean {
  return app.processes[process]?.http !== undefined;
}

async function watchedOf(trial: Trial, process: Process): Promise<Watched> {
  const { app } = trial;
  const listener = listenerOf(app, process);
  const http = app.processes[process]?.http;
  const readiness = http === undefined ? undefined : readinessOf(http);
  return {
    process,
    ...(listener === undefined ? {} : { port: listener.port, liveness: listener.liveness }),
    ...(readiness === undefined || readiness === listener?.liveness ? {} : { readiness }),
    tasks: await trial.tasksOf(process),
  };
}

async function watchOutage(trial: Trial, watched: readonly Watched[], seen: Map<Process, Seen>): Promise<void> {
  const { readiness } = trial.contract;
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  const longest = readiness.graceSeconds + readiness.dependencyTimeoutMs / 1000 + marginSeconds;
  const waiting = () =>
    watched.some(
      ({ process, readiness: path }) => path !== undefined && seen.get(process)?.unreadyAfterSeconds === undefined,
    );
  while (elapsed() < leastOutageSeconds || (waiting() && elapsed() < longest)) {
    await Promise.all(
      watched.map(async (one) => {
        const about = seen.get(one.process) ?? {};
        if (about.dead === undefined) about.dead = await whyDead(trial, one);
        const status = await readinessStatus(trial, one);
        if (status === undefined || status === 200 || about.unreadyAfterSeconds !== undefined) return;
        about.unreadyAfterSeconds = elapsed();
        about.unreadyStatus = status;
      }),
    );
    await pause(pollMs, undefined, { signal: trial.signal });
  }
}

/** @returns why one of its tasks does not work, `undefined` if all do */
async function whyDead(trial: Trial, { process, port, liveness, tasks }: Watched): Promise<string | undefined> {
  const running = new Set((await trial.tasksOf(process)).map(({ containerId }) => containerId));
  if (tasks.some(({ containerId }) => !running.has(containerId))) return 'a task ended';
  if (port === undefined || liveness === undefined) return undefined;
  const each = tasks.map(async ({ address }) => {
    try {
      const { status } = await trial.observer.get(address, port, liveness, requestTimeoutMs);
      return status === 200 ? undefined : `GET ${liveness} gave ${status}`;
    } catch (error) {
      return `GET ${liveness}: ${messageOf(error)}`;
    }
  });
  return (await Promise.all(each)).find((why) => why !== undefined);
}

/** The best of its tasks; `undefined` where it has no such path. */
async function readinessStatus(trial: Trial, { port, readiness, tasks }: Watched): Promise<number | undefined> {
  if (port === undefined || readiness === undefined) return undefined;
  const each = tasks.map(async ({ address }) => {
    try {
      return (await trial.observer.get(address, port, readiness, requestTimeoutMs)).status;
    } catch {
      return 0;
    }
  });
  const statuses = await Promise.all(each);
  return statuses.includes(200) ? 200 : statuses[0];
}

async function watchRecovery(trial: Trial, watched: readonly Watched[]): Promise<ReadonlyMap<Process, number>> {
  const startedAt = performance.now();
  const recovered = new Map<Process, number>();
  const waiting = () => watched.filter(({ process, readiness }) => readiness !== undefined && !recovered.has(process));
  while (waiting().length > 0 && performance.now() - startedAt < recoverySeconds * 1000) {
    for (const one of waiting()) {
      const statuses = await Promise.all(one.tasks.map((task) => readinessStatus(trial, { ...one, tasks: [task] })));
      if (statuses.every((status) => status === 200))
        recovered.set(one.process, (performance.now() - startedAt) / 1000);
    }
    await pause(pollMs, undefined, { signal: trial.signal });
  }
  return recovered;
}

function staysAlive({ tasks }: Watched, { dead }: Seen): string {
  if (dead !== undefined) throw new Error(dead);
  return tasks.length === 1 ? 'its task worked all the time' : `its ${tasks.length} tasks worked all the time`;
}

function isUnready(
  { contract }: Trial,
  { readiness }: Watched,
  { unreadyAfterSeconds, unreadyStatus }: Seen,
  recoveredAfterSeconds: number | undefined,
): string {
  if (readiness === undefined) throw new NotChecked('its manifest names no readiness path of its own');
  if (unreadyAfterSeconds === undefined) {
    const { graceSeconds } = contract.readiness;
    throw new Error(
      `it was 200 all the time${graceSeconds === 0 ? '' : `, for longer than the ${graceSeconds} s that it may be`}`,
    );
  }
  if (unreadyStatus !== 503) throw new Error(unreadyStatus === 0 ? 'it gave no answer' : `it was ${unreadyStatus}`);
  if (recoveredAfterSeconds === undefined)
    throw new Error(`it was still other than 200 when the database was back for ${recoverySeconds} s`);
  return `503 after ${unreadyAfterSeconds.toFixed(1)} s, 200 again ${recoveredAfterSeconds.toFixed(1)} s after the database was back`;
}

/** `trusted`: sent its login. `plain`: sent it without TLS. `refused`: saw the certificate and said nothing more. */
interface Meeting {
  readonly did: 'trusted' | 'plain' | 'refused';
}

type Meetings = ReadonlyMap<string, readonly Meeting[]>;

function refuses(meetings: readonly Meeting[]): string {
  const count = (wanted: Meeting['did']) => meetings.filter(({ did }) => did === wanted).length;
  if (count('plain') > 0) throw new Error('it sent its login without TLS');
  if (count('trusted') > 0) throw new Error('it sent its login to a server that no authority of the environment knows');
  if (count('refused') === 0) throw new NotChecked(`it opened no connection to it within ${impostorSeconds} s`);
  return `it ended ${count('refused')} of ${count('refused')} connections to it without a login`;
}

/** @returns what its clients did, by their addresses */
async function presentImpostor(trial: Trial, watched: readonly Watched[]): Promise<Meetings> {
  const { docker, beside, rendered, place, smoke, url, signal } = trial;
  const { database } = rendered.program;
  if (database === undefined || rendered.postgresImage === undefined) return new Map();
  const path = `${folderOf(place).directory}/impostor.json`;
  const { certificate, key } = await ensureCertificate(docker, rendered.postgresImage, path, database.name);
  const name = `${rendered.stacks.names.stack}-impostor`;
  const program = readFileSync(join(import.meta.dirname, '..', 'observer', 'impostor.cjs'), 'utf8');
  const variables = { KEY: key, CERTIFICATE: certificate, PORT: String(database.port) };
  const flags = Object.keys(variables).flatMap((variable) => ['--env', variable]);
  const alias = ['--network-alias', database.name];
  try {
    await docker.run([...besideArguments(beside, name), ...alias, ...flags, beside.image, 'node', '-e', program], {
      variables,
    });
    await awaitLine(docker, name, 'listening');
    const until = performance.now() + impostorSeconds * 1000;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(impostorSeconds * 1000)]);
    const tested =
      url === undefined ? undefined : smoke?.({ baseUrl: url, fetch, signal: limit }).catch(() => undefined);
    const released = runRelease(trial);
    while (performance.now() < until) {
      await Promise.all(watched.map((one) => readinessStatus(trial, one)));
      await pause(pollMs, undefined, { signal });
    }
    await Promise.all([tested, released]);
    const { stdout } = await docker.attempt(['logs', name]);
    return meetingsIn(stdout);
  } finally {
    await docker.attempt(['rm', '--force', name]);
  }
}

/** The app's own command, without what sets up the roles, which is the stack's and verifies by itself. */
async function runRelease({ app, rendered, startApart }: Trial): Promise<void> {
  const [migration] = rendered.stacks.migrations;
  if (app.release === undefined || migration === undefined) return;
  const command = insteadOf(migration.container.command ?? [], app.release.command);
  const apart = await startApart({ purpose: 'release', container: { ...migration.container, command } });
  await apart.wait(impostorSeconds * 1000);
  await apart.remove();
}

export function meetingsIn(lines: string): Meetings {
  const met = new Map<string, Meeting[]>();
  for (const line of lines.split('\n').filter((text) => text.startsWith('{'))) {
    const { from, did } = JSON.parse(line) as Meeting & { readonly from: string };
    met.set(from, [...(met.get(from) ?? []), { did }]);
  }
  return met;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
