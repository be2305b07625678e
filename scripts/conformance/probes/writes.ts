import { setTimeout as pause } from 'node:timers/promises';
import { type Process, readinessOf, type Serving } from '../../../infra/manifest/app.ts';
import type { ContainerSpec } from '../../local/translate/swarm-service.ts';
import { NotChecked, type Report } from '../report.ts';
import { repeatSmoke, type SmokeReport } from '../traffic.ts';
import type { Apart, Trial } from '../trial.ts';

const mostStartSeconds = 30;
const settleMs = 2000;
const shownPaths = 5;

/** What became of the app's smoke test on a writable disk: `undefined` where it was not run there. */
export type SmokeOnWritable = SmokeReport | undefined;

/**
 * Runs a process a second time, on a disk that it may write to everywhere, and looks what it wrote: on the read-only disk
 * each of these writes fails with EROFS.
 */
export async function checkWrites(
  trial: Trial,
  report: Report,
  prefix: string,
  process: Process,
  serving?: Serving,
): Promise<SmokeOnWritable> {
  let smoke: SmokeOnWritable;
  await report.check(`${prefix}writes to its folders only`, async () => {
    const container = trial.rendered.stacks.containers[process];
    if (container === undefined) throw new NotChecked('it has no container of its own');
    const port = serving?.http.port;
    const purpose = `${process}-writable`;
    const apart = await trial.startApart({
      purpose,
      container: writable(container),
      ...(port === undefined ? {} : { port }),
    });
    try {
      if (serving === undefined) await pause(settleMs, undefined, { signal: trial.signal });
      else smoke = await use(trial, apart, serving);
      const exitCode = await apart.wait(0);
      if (exitCode !== undefined) throw new NotChecked(`as root, on a writable disk, it ended with ${exitCode}`);
      return tell(await writtenBy(trial, apart, container), serving === undefined ? undefined : smoke, trial, serving);
    } finally {
      await apart.remove();
    }
  });
  return smoke;
}

function tell(
  written: readonly string[],
  smoke: SmokeOnWritable,
  { smoke: test }: Trial,
  serving: Serving | undefined,
): string {
  if (written.length > 0) throw new Error(`it writes to ${list(written)}, and the disk is read-only: ${remedy}`);
  if (serving === undefined)
    throw new NotChecked('nobody can give it jobs from here; when it started it wrote nothing elsewhere');
  if (test === undefined || smoke === undefined)
    throw new NotChecked('there is no smoke test that does what users do; when it started it wrote nothing elsewhere');
  const [failure] = smoke.failures;
  if (failure !== undefined)
    throw new NotChecked(
      `its smoke test failed before it could write: ${failure}; until then it wrote nothing elsewhere`,
    );
  return 'it wrote nothing elsewhere when it started and in a smoke test';
}

const remedy = 'declare the folder in `folders` of the manifest, or write to /tmp';

async function use(trial: Trial, { url = '', wait }: Apart, { http }: Serving): Promise<SmokeOnWritable> {
  const { slowestBootSeconds, toleratedOutageSeconds } = trial.settings.timing;
  // For no longer than a task of a deployment would get.
  const startSeconds = Math.min(mostStartSeconds, slowestBootSeconds + toleratedOutageSeconds);
  const deadline = performance.now() + startSeconds * 1000;
  const ready = async () => {
    const response = await fetch(`${url}${readinessOf(http)}`, { signal: AbortSignal.timeout(2000) }).catch(
      () => undefined,
    );
    await response?.body?.cancel();
    return response?.status === 200;
  };
  while (!(await ready())) {
    if ((await wait(0)) !== undefined) return undefined;
    if (performance.now() > deadline)
      throw new NotChecked(`as root, on a writable disk, it was not ready in ${startSeconds} s`);
    await pause(250, undefined, { signal: trial.signal });
  }
  if (trial.smoke === undefined || http.route !== undefined) return undefined;
  return await repeatSmoke(trial.smoke, url, trial.signal).stop();
}

/** Every folder can be written to, whoever owns it. */
export function writable(container: ContainerSpec): ContainerSpec {
  return {
    ...container,
    readOnly: false,
    user: '0:0',
    capabilities: { add: [], drop: [] },
    // That of root would be another folder.
    environment: { HOME: '/', ...container.environment },
  };
}

/** Paths of the image's disk that were added, changed or deleted. */
export async function writtenBy(
  { docker }: Trial,
  { containerId }: Apart,
  container: ContainerSpec,
): Promise<readonly string[]> {
  const mounts = [...container.emptyFolders, ...Object.keys(container.memoryFolders)];
  return writtenPaths(await docker.run(['diff', containerId]), mounts);
}

/** The engine's own, which it makes for each container. */
const ofEngine =
  /^\/(?:dev|proc|sys|run|etc\/(?:hosts|hostname|resolv\.conf|mtab)|\.dockerenv|(?:usr\/)?sbin\/docker-init)(?:\/|$)/;

/** A folder counts as changed when something in it was: then only that is told. */
export function writtenPaths(diff: string, mounts: readonly string[]): readonly string[] {
  const entries = diff
    .split('\n')
    .map((line) => ({ kind: line.slice(0, 1), path: line.slice(2) }))
    .filter(({ path }) => path.startsWith('/'));
  const holds = (folder: string, path: string) => path === folder || path.startsWith(`${folder}/`);
  return entries
    .filter(({ path }) => !ofEngine.test(path) && !mounts.some((mount) => holds(path, mount) || holds(mount, path)))
    .filter(
      ({ kind, path }) => kind !== 'C' || !entries.some((other) => other.path !== path && holds(path, other.path)),
    )
    .filter(
      ({ kind, path }) => kind !== 'A' || !entries.some((other) => other.path !== path && holds(path, other.path)),
    )
    .map(({ path }) => path);
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, shownPaths).join(', ');
  return paths.length > shownPaths ? `${shown} and ${paths.length - shownPaths} more` : shown;
}
