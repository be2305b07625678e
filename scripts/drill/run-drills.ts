import { setTimeout as pause } from 'node:timers/promises';
import { frontOf, readinessOf } from '../../infra/manifest/app.ts';
import { createEngineFinder, requireReady } from '../local/engine/engine.ts';
import { acquireLock } from '../local/state/lock.ts';
import { lockPath, type Place } from '../local/state/place.ts';
import { createLocalTarget } from '../local/target.ts';
import { messageOf } from '../messages/error-message.ts';
import { UserError } from '../messages/user-error.ts';
import type { AlarmState } from '../release/alarm-states.ts';
import { assertNotFrozen } from '../release/freeze.ts';
import { nothingRuns } from '../release/nothing-runs.ts';
import type { OpenJournal } from '../release/smoke.ts';
import type { Lock, Progress } from '../release/target.ts';
import { clausesOf, type Drill, titleOf, type Unrealised } from './drill.ts';
import { drills as allDrills } from './drills.ts';
import type { AlarmChange, Evidence, Mark } from './evidence.ts';
import type { Facts } from './facts.ts';
import { type NotChecked, startWriting, type Writes, type Writing } from './journal.ts';
import { type Load, type Shot, startLoad } from './load.ts';
import { bandsOf, type Finding, judge, percentile, type Verdict, verdictOf } from './promise.ts';
import { startCommand } from './stack-command.ts';
import { notPrepared, Stage } from './stage.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { type UnfiredAlarm, unfiredAlarms } from './unfired.ts';
import { watch } from './watch.ts';

export interface DrillRequest {
  readonly projectDirectory: string;
  /** Of the project's own environments: a throw-away one gets another. */
  readonly instance: string;
  readonly facts: Facts;
  readonly drills: readonly (Drill | Unrealised)[];
  /** Requests per second. */
  readonly rate: number;
  /** Absent: the app's smoke test can keep no entries. */
  readonly openJournal: OpenJournal | undefined;
  readonly sabotaged: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What came of one drill. */
export type DrillResult = Described &
  (
    | ({
        readonly outcome: Verdict;
        readonly findings: readonly Finding[];
        readonly seconds: number;
        readonly requests: number;
        /** How late the load itself was, p99: beyond a little, this machine was too busy for its figures to mean much. */
        readonly lateMs: number;
        readonly timeline: Timeline;
      } & { readonly sabotage?: string })
    /** `failed`: it could not be carried out, so it shows nothing. */
    | { readonly outcome: 'not run' | 'failed'; readonly because: string }
  );

interface Described {
  readonly name: string;
  readonly title: string;
  /** Stated beforehand. */
  readonly promise: readonly string[];
}

export interface DrillsReport {
  readonly environment: string;
  readonly throwAway: boolean;
  readonly rate: number;
  readonly version: string | undefined;
  readonly results: readonly DrillResult[];
  /** Alarms of the environment that no drill makes fire. Absent: no drill was about alarms. */
  readonly unfired?: readonly UnfiredAlarm[];
}

/** A drill that takes longer is a bug: everything in it has a limit of its own. */
const maxSeconds = 600;
const writesPerSecond = 5;
/** Load before anything happens, so that it is seen how it was. */
const quietBeforeSeconds = 1;
/** What a drill leaves behind shows itself soon. */
const quietAfterSeconds = 2;
/** Of ten requests, how many ask for the version; the others read what is written. */
const versionShare = 0.2;

/** Runs drills one after the other, in an environment of their own that is gone afterwards, or in one that is there. */
export async function runDrills(request: DrillRequest): Promise<DrillsReport> {
  const { facts, projectDirectory, instance, progress } = request;
  const place: Place = {
    projectDirectory,
    environment: facts.environment,
    instance: facts.throwAway ? drillInstance(instance) : instance,
  };
  const target = createLocalTarget({ projectDirectory, instance: place.instance, variables: request.variables });
  const lock = await claim(target, place, facts);
  try {
    if (facts.throwAway) await removeEarlier(target, place, progress);
    return await runOn(target, place, request);
  } finally {
    try {
      if (facts.throwAway) await target.down(place.environment, progress);
    } finally {
      await lock.release();
    }
  }
}

/** The commands of a drill change its own environment under their own lock; no command may change one that was there. */
async function claim(target: LocalTarget, place: Place, { throwAway }: Facts): Promise<Lock> {
  const { environment } = place;
  if (throwAway) return acquireLock(`${lockPath(place)}.drill`, `The drill of ${environment}`, 'drill');
  await assertNotFrozen(target, environment);
  return await target.lock(environment, 'drill');
}

/** At most 20 characters, as an instance has. */
export function drillInstance(instance: string): string {
  return `${instance.slice(0, 14).replace(/-+$/, '')}-drill`;
}

type LocalTarget = ReturnType<typeof createLocalTarget>;

/** A drill that was killed could not clean up. */
async function removeEarlier(target: LocalTarget, { environment }: Place, progress: Progress): Promise<void> {
  const found = await target.observe(environment).catch(() => undefined);
  if (found === undefined) return;
  progress.step('Remove what an earlier drill left');
  await target.down(environment, progress);
}

async function runOn(target: LocalTarget, place: Place, request: DrillRequest): Promise<DrillsReport> {
  const { facts, drills, progress, signal, rate } = request;
  const url = facts.throwAway ? await bringUp(place, request) : await findRunning(place, request);
  const { docker } = requireReady(await createEngineFinder({ executable: request.variables['STACK_DOCKER'] })());
  const stage = new Stage({
    docker,
    place,
    facts,
    url,
    signal,
    sabotaged: request.sabotaged,
    variables: request.variables,
    say: (line) => progress.detail(line),
  });
  const version = await servedVersion(stage);
  const results: DrillResult[] = [];
  const alarms = alarmSwitch(target, request);
  let spoiled = false;
  for (const drill of drills) {
    signal.throwIfAborted();
    const why =
      whyNot(drill, facts) ?? (spoiled ? 'the drill before it left an environment that does not work' : undefined);
    const begin = () => progress.step(`Drill ${drill.name}: ${titleOf(drill, facts)}`);
    if (why !== undefined || 'because' in drill) begin();
    if (why !== undefined || 'because' in drill) {
      progress.detail(`– not run: ${why}`);
      results.push({ ...describe(drill, facts), outcome: 'not run', because: why ?? '' });
      continue;
    }
    if (drill.prepare === undefined) await alarms.need(promised(drill, facts).length > 0);
    begin();
    const result = await attempt(stage, drill, { ...request, alarms }, results);
    for (const line of findingLines(result)) progress.detail(line);
    if (result.outcome !== 'kept') progress.fail?.();
    results.push(result);
    const next = drills.slice(drills.indexOf(drill) + 1).find((one): one is Drill => whyNot(one, facts) === undefined);
    // The environment goes, and they with it.
    if (next !== undefined || !facts.throwAway)
      await alarms.need(next !== undefined && promised(next, facts).length > 0);
    spoiled = result.outcome !== 'kept' && drill !== drills.at(-1) && !(await repaired(stage, request));
  }
  const known = alarms.known();
  return {
    environment: facts.environment,
    throwAway: facts.throwAway,
    rate,
    version,
    results,
    ...(known === undefined ? {} : { unfired: unfiredAlarms(known, allDrills, facts) }),
  };
}

/** Whether alarms are on: for drills that promise some only, as each rollout of another drill would bake. */
interface AlarmSwitch {
  /** Switches them on for a drill, or off again where they were off before the first. @returns whether that changed anything */
  need(on: boolean): Promise<boolean>;
  /** Those of the environment; `undefined`: they were never on. */
  known(): readonly AlarmState[] | undefined;
}

function alarmSwitch(
  { operations }: LocalTarget,
  { facts: { environment }, progress, signal }: DrillRequest,
): AlarmSwitch {
  let before: boolean | undefined;
  let now: boolean | undefined;
  let known: readonly AlarmState[] | undefined;
  return {
    known: () => known,
    async need(on) {
      before ??= now ??= (await operations.listAlarms(environment).catch(() => undefined)) !== undefined;
      const wanted = on || before;
      if (wanted === now) return false;
      await operations.switchAlarms(environment, wanted, progress, signal);
      if (wanted) known = await operations.listAlarms(environment).catch(() => known);
      now = wanted;
      return true;
    },
  };
}

interface WithAlarms extends DrillRequest {
  readonly alarms: AlarmSwitch;
}

const promised = ({ alarms }: Drill, facts: Facts) => alarms?.(facts) ?? [];

/** A drill that cannot be carried out is a result: those before it are not lost with it. */
async function attempt(
  stage: Stage,
  drill: Drill,
  request: WithAlarms,
  earlier: readonly DrillResult[],
): Promise<DrillResult> {
  try {
    return await runDrill(stage, drill, request);
  } catch (error) {
    if (request.signal.aborted || !(error instanceof UserError) || earlier.length === 0) throw error;
    return { ...describe(drill, request.facts), outcome: 'failed', because: error.message };
  }
}

/** After a broken promise, a release without faults is deployed where releases may be. */
async function repaired(stage: Stage, { facts, progress, signal }: DrillRequest): Promise<boolean> {
  if (!facts.throwAway) return await stage.untilReady(60);
  progress.step('Deploy a release without faults, so that the next drill begins with one that works');
  try {
    await stage.deployBefore('sound');
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof UserError)) throw error;
    progress.fail?.();
    progress.detail(error.message);
    return false;
  }
}

function whyNot(drill: Drill | Unrealised, facts: Facts): string | undefined {
  if ('because' in drill) return drill.because;
  const absent = drill.absent?.(facts);
  if (absent !== undefined) return absent;
  return drill.deploys && !facts.throwAway
    ? `it deploys releases of its own, and ${facts.environment} is not the drill’s`
    : undefined;
}

function describe(drill: Drill | Unrealised, facts: Facts): Described {
  const promise = 'because' in drill ? [] : clausesOf(drill, facts).map(({ text }) => text);
  return { name: drill.name, title: titleOf(drill, facts), promise };
}

async function bringUp(place: Place, { variables, progress, signal }: DrillRequest): Promise<string> {
  progress.step(`Bring up ${place.environment} for the drill, beside what runs`);
  const onLine = (line: string) => progress.detail(line);
  const words = ['up', place.environment];
  const run = await startCommand({ ...place, variables, signal, onLine }, words).finished;
  signal.throwIfAborted();
  if (run.exitCode !== 0) throw notPrepared(run);
  return String(run.json['url']);
}

async function findRunning(place: Place, { projectDirectory, variables }: DrillRequest): Promise<string> {
  const target = createLocalTarget({ projectDirectory, instance: place.instance, variables });
  const found = await target.observe(place.environment);
  if (found === undefined || found.url === '') throw nothingRuns(target, place.environment, 'to drill');
  return found.url;
}

async function runDrill(stage: Stage, drill: Drill, request: WithAlarms): Promise<DrillResult> {
  const { facts, signal, sabotaged } = request;
  const clauses = clausesOf(drill, facts);
  request.progress.detail(`promised: ${clauses.map(({ text }) => text).join('; ')}`);
  const startedAt = performance.now();
  stage.begin(() => 0);
  if (!(await stage.untilReady(120))) throw notReady(stage);
  await drill.prepare?.(stage);
  // After it has deployed what it needs, which would bake otherwise.
  if (await request.alarms.need(promised(drill, facts).length > 0))
    request.progress.step(`Drill ${drill.name}, with its alarms`);
  let evidence: Evidence;
  try {
    evidence = await underLoad(stage, drill, request);
  } finally {
    if (!signal.aborted || !facts.throwAway) await drill.restore?.(stage);
  }
  const findings = judge(clauses, evidence);
  return {
    ...describe(drill, facts),
    outcome: verdictOf(findings),
    findings,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    requests: evidence.sent.length,
    lateMs: evidence.lateMs,
    timeline: timelineOf(evidence, bandsOf(clauses, evidence)),
    ...(sabotaged ? { sabotage: drill.sabotage } : {}),
  };
}

async function underLoad(stage: Stage, drill: Drill, request: DrillRequest): Promise<Evidence> {
  const { signal, rate, openJournal } = request;
  const versionBefore = await servedVersion(stage);
  const writing =
    openJournal === undefined
      ? undefined
      : await startWriting(openJournal, { url: stage.url, rate: writesPerSecond, maxSeconds, signal }).catch(
          (error: unknown) => {
            throw signal.aborted ? error : journalNotOpened(error);
          },
        );
  const load = startLoad(stage.url, { rate, maxSeconds, shots: shotsOf(request.facts, writing), signal });
  const watching = watch(stage.docker, stage.place, load.now);
  stage.begin(load.now);
  try {
    await pause(quietBeforeSeconds * 1000, undefined, { signal });
    await drill.run(stage);
    await pause(quietAfterSeconds * 1000, undefined, { signal });
  } catch (error) {
    await Promise.all([load.stop(), watching.stop()]);
    throw error;
  }
  const writes = await endLoad(load, writing);
  await watching.stop();
  const { sent, now } = load;
  const { samples, ended } = watching;
  const alarms = promised(drill, request.facts).length === 0 ? {} : { alarms: watching.alarms };
  const { marks, ...noted } = stage.noted;
  const byTime = sent.toSorted((a, b) => a.dueAt - b.dueAt);
  const seconds = (byTime.at(-1)?.dueAt ?? now()) / 1000;
  const lateMs = Math.round(percentile(load.late, 0.99) ?? 0);
  const events = [...marks, ...watching.alarms.map(markOfAlarm)].toSorted((a, b) => a.at - b.at);
  return { seconds, lateMs, sent: byTime, samples, ended, writes, versionBefore, ...noted, ...alarms, marks: events };
}

function markOfAlarm({ at, name, fires }: AlarmChange): Mark {
  return { at, name: 'note', text: `alarm ${name} ${fires ? 'fires' : 'ends'}` };
}

async function endLoad(load: Load, writing: Writing | undefined): Promise<Writes | NotChecked> {
  const [writes] = await Promise.all([writing?.stop(), load.stop()]);
  return writes ?? { notChecked: 'no write: the app’s smoke test exports no `openJournal`' };
}

function shotsOf({ app }: Facts, writing: { readonly reads: Shot } | undefined): readonly [Shot, ...Shot[]] {
  const { http } = frontOf(app);
  const version: Shot =
    http.version === undefined ? { path: readinessOf(http) } : { path: http.version, namesVersion: true };
  if (writing === undefined) return [version];
  const reads = Array.from({ length: Math.round(1 / versionShare) - 1 }, () => writing.reads);
  return [version, ...reads];
}

async function servedVersion(stage: Stage): Promise<string | undefined> {
  const path = frontOf(stage.facts.app).http.version;
  if (path === undefined) return undefined;
  const limit = AbortSignal.any([stage.signal, AbortSignal.timeout(10_000)]);
  const body: unknown = await fetch(`${stage.url}${path}`, { signal: limit }).then(
    async (response) => await response.json(),
    (error: unknown) => {
      throw stage.signal.aborted ? error : notAnswering(stage, path, error);
    },
  );
  const version: unknown = Reflect.get(Object(body), 'version');
  return typeof version === 'string' ? version : undefined;
}

function notAnswering({ place, url }: Stage, path: string, cause: unknown): UserError {
  return new UserError({
    code: 'DRILL_NOT_PREPARED',
    message: `${place.environment} does not answer at ${url}${path}, so a drill would measure what is wrong already.`,
    remedy: 'See what is wrong: npm run stack -- status',
    cause,
  });
}

function journalNotOpened(cause: unknown): UserError {
  return new UserError({
    code: 'DRILL_NOT_PREPARED',
    message: `openJournal of the app’s smoke test failed: ${messageOf(cause)}`,
    remedy: 'Fix it, or see what is wrong with the app: npm run stack -- status',
    cause,
  });
}

function notReady({ place }: Stage): UserError {
  return new UserError({
    code: 'DRILL_NOT_PREPARED',
    message: `The tasks of ${place.environment} are not all ready, so a drill would measure what is wrong already.`,
    remedy: 'See what is wrong: npm run stack -- status',
  });
}

/** A load that is later than this shows a busy machine rather than the app. */
const lateAtMostMs = 250;

/** What has to be known of a drill's figures; `undefined` if nothing has. */
export function remarkOn({ lateMs }: Extract<DrillResult, { findings: unknown }>): string | undefined {
  return lateMs <= lateAtMostMs
    ? undefined
    : `requests left up to ${(lateMs / 1000).toFixed(1)} s late (p99): this machine was too busy for these figures to mean much`;
}

/** One line per promise, and whether it was kept. */
export function findingLines(result: DrillResult): readonly string[] {
  if (!('findings' in result)) return [`✗ ${result.because}`];
  const remark = remarkOn(result);
  const lines = result.findings.map((finding) =>
    'kept' in finding
      ? `${finding.kept ? '✓' : '✗'} ${finding.promised}: ${finding.seen}`
      : `– ${finding.promised}: not checked: ${finding.notChecked}`,
  );
  return remark === undefined ? lines : [...lines, `! ${remark}`];
}
