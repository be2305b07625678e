import { bakesOf } from '../settings/rollout-strategy.ts';
import type { Settings } from '../settings/settings.ts';
import { alarmEvaluationSeconds } from './alarm-timings.ts';
import type { ContractNumbers } from './numbers.ts';

/**
 * Parts of a rollout, in their order:
 * - `pull`: a place to run is found, and the image is there
 * - `boot`: from the start of the container to its first 200 on the readiness path
 * - `healthy`: until enough health checks have passed
 * - `drain`: the load balancer lets the old tasks finish what they have
 * - `stop`: from SIGTERM to the end of the old tasks
 * - `bake`: the platform watches, and could still roll back
 */
export const phaseNames = ['pull', 'boot', 'healthy', 'drain', 'stop', 'bake'] as const;
export type PhaseName = (typeof phaseNames)[number];

/**
 * How a phase's seconds are known.
 * - `settings`: they follow from the setting that is named
 * - `measured`: so long it took in the latest releases here
 * - `limit`: never measured here; it may take as long, and is usually much shorter
 * - `platform`: neither a setting nor measured here: what the platform is known for
 */
export type Basis = 'settings' | 'measured' | 'limit' | 'platform';

export interface Phase {
  readonly name: PhaseName;
  readonly seconds: number;
  readonly basis: Basis;
  /** Key of the setting that decides it. */
  readonly setting?: string;
}

export interface Timeline {
  readonly phases: readonly Phase[];
  /** Until the platform is done. */
  readonly seconds: number;
  /** Until all requests reach the new tasks: what comes after is spent on the old ones, or on watching. */
  readonly servesAfterSeconds: number;
  /** The setting with which most time would be saved; absent where none decides anything. */
  readonly costliest?: { readonly setting: string; readonly seconds: number };
  /** Some of it is a limit instead of an expectation. */
  readonly atMost: boolean;
}

export interface Timelines {
  readonly rollout: Timeline;
  /** To a release that was verified here: without bake times where the strategy has any. */
  readonly rollback: Timeline;
  /** The same rollout with the defaults of the platform; absent where it has none to compare with. */
  readonly defaults?: Timeline;
}

/** Seconds of earlier releases, by phase. */
export type MeasuredPhases = Readonly<Partial<Record<PhaseName, number>>>;

/** Where nothing else is known: about 60 s for a 250 MB image on Fargate, aws/containers-roadmap#696. */
export const fargateStartSeconds = 60;

/**
 * Of the target group and of the container, where nobody sets them.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
 */
export const awsDefaults = Object.freeze({
  healthCheckIntervalSeconds: 30,
  healthyThreshold: 5,
  deregistrationDelaySeconds: 300,
  stopTimeoutSeconds: 30,
});

export interface Course {
  /** Of a bake, the part before which not all requests reach the new tasks. */
  readonly canarySeconds?: number;
  /** Whether the platform watches the new tasks while the old ones end, instead of afterwards. */
  readonly bakesMeanwhile?: boolean;
}

/** Adds the phases up. */
export function timelineOf(
  phases: readonly Phase[],
  { canarySeconds = 0, bakesMeanwhile = false }: Course = {},
): Timeline {
  const kept = phases.filter(({ seconds }) => seconds > 0);
  const sum = (names: readonly PhaseName[]) =>
    kept.filter(({ name }) => names.includes(name)).reduce((total, { seconds }) => total + seconds, 0);
  const costs = new Map<string, number>();
  for (const { setting, seconds, basis } of kept) {
    if (setting !== undefined && basis === 'settings') costs.set(setting, (costs.get(setting) ?? 0) + seconds);
  }
  const [costliest] = [...costs].toSorted(([, a], [, b]) => b - a);
  const ready = sum(['pull', 'boot', 'healthy']);
  const ending = sum(['drain', 'stop']);
  return {
    phases: kept,
    seconds: ready + (bakesMeanwhile ? Math.max(ending, sum(['bake'])) : ending + sum(['bake'])),
    servesAfterSeconds: ready + canarySeconds,
    ...(costliest === undefined ? {} : { costliest: { setting: costliest[0], seconds: costliest[1] } }),
    atMost: kept.some(({ basis }) => basis === 'limit'),
  };
}

/** The boot of the app as it was measured here, or else as slow as it may be. */
export function bootPhase({ timing }: Pick<Settings, 'timing'>, measured: MeasuredPhases): Phase {
  return measured.boot === undefined
    ? { name: 'boot', seconds: timing.slowestBootSeconds, basis: 'limit', setting: 'slowestBootSeconds' }
    : { name: 'boot', seconds: measured.boot, basis: 'measured' };
}

type Numbers = Pick<ContractNumbers, 'readiness' | 'deregistrationDelaySeconds' | 'drainDelaySeconds'>;
type Timed = Pick<Settings, 'timing' | 'rollout' | 'edge'>;

/**
 * A rollout on ECS: all new tasks start at once, because the maximum is twice the desired count. Old ones are
 * deregistered once the new ones are healthy, and get SIGTERM when the deregistration delay is over. Nothing is then in
 * flight any more, so that a task ends after its drain delay.
 */
export function timelinesOnAws(numbers: Numbers, settings: Timed, measured: MeasuredPhases = {}): Timelines {
  const start: readonly Phase[] = [
    measured.pull === undefined
      ? { name: 'pull', seconds: fargateStartSeconds, basis: 'platform' }
      : { name: 'pull', seconds: measured.pull, basis: 'measured' },
    bootPhase(settings, measured),
  ];
  const { intervalSeconds, healthyThreshold } = numbers.readiness;
  const healthSettings = healthyThreshold > 2 ? 'healthyThreshold' : intervalSetting(settings, intervalSeconds);
  const swap: readonly Phase[] = [
    { name: 'healthy', seconds: healthyThreshold * intervalSeconds, basis: 'settings', setting: healthSettings },
    {
      name: 'drain',
      seconds: numbers.deregistrationDelaySeconds,
      basis: 'settings',
      setting: 'longestRequestSeconds',
    },
    { name: 'stop', seconds: numbers.drainDelaySeconds, basis: 'settings', setting: 'drainDelaySeconds' },
  ];
  const { rollout } = settings;
  const bakes = bakesOf(rollout).map((minutes) => minutes * 60);
  const bakeSeconds = bakes.reduce((sum, seconds) => sum + seconds, 0);
  const canarySeconds = rollout.kind === 'canary' ? (bakes[0] ?? 0) : 0;
  const watched = bakePhase(settings, bakeSeconds);
  const unwatched = rollout.kind === 'rolling' ? watched : undefined;
  return {
    rollout: timelineOf([...start, ...swap, ...(watched === undefined ? [] : [watched])], { canarySeconds }),
    rollback: timelineOf([...start, ...swap, ...(unwatched === undefined ? [] : [unwatched])]),
    defaults: timelineOf([
      ...start,
      fixed('healthy', awsDefaults.healthCheckIntervalSeconds * awsDefaults.healthyThreshold),
      fixed('drain', awsDefaults.deregistrationDelaySeconds),
      fixed('stop', awsDefaults.stopTimeoutSeconds),
    ]),
  };
}

function fixed(name: PhaseName, seconds: number): Phase {
  return { name, seconds, basis: 'platform' };
}

/** An app that does not tolerate an outage by itself has its checks further apart: `toleratedOutageSeconds`. */
function intervalSetting({ timing }: Timed, intervalSeconds: number): string {
  return intervalSeconds > timing.healthCheckIntervalSeconds ? 'toleratedOutageSeconds' : 'healthCheckIntervalSeconds';
}

/**
 * A rolling update has a bake time, too: ECS derives it from the alarms that guard the rollout.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
 */
function bakePhase({ rollout }: Timed, bakeSeconds: number): Phase | undefined {
  if (rollout.kind === 'rolling') return { name: 'bake', seconds: alarmEvaluationSeconds, basis: 'platform' };
  if (bakeSeconds === 0) return undefined;
  const setting =
    rollout.kind === 'canary' && rollout.canaryBakeMinutes > rollout.bakeMinutes ? 'canaryBakeMinutes' : 'bakeMinutes';
  return { name: 'bake', seconds: bakeSeconds, basis: 'settings', setting };
}

/** What one or more phases took, by the platform's own timestamps. A platform cannot always tell phases apart. */
export interface Span {
  readonly phases: readonly PhaseName[];
  readonly seconds: number;
  /** It had not ended when it was looked at: it took longer. */
  readonly ongoing?: true;
}
