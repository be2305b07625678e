import { UserError } from '../../messages/user-error.ts';
import type { AlarmState } from '../../release/alarm-states.ts';
import type { RolloutGuard } from '../alarms/guard.ts';
import { folderOf } from '../state/place.ts';
import { asItSays, assessRollout } from '../swarm/rollout-state.ts';
import { deployStack, documentPath } from '../swarm/stack-deploy.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { renderReport } from '../swarm/task-report.ts';
import { type RolloutEnding, watchRollout } from '../swarm/watch-rollout.ts';
import { labelNames, type StackDocument } from '../translate/stack-document.ts';
import { watchedBriefly } from '../translate/swarm-service.ts';
import { expectedServices } from './changes.ts';
import { untilServing } from './load-balancer.ts';
import type { Work } from './work.ts';

/** What a rollout needs of {@link Work}. */
export interface Rollout
  extends Pick<Work, 'docker' | 'place' | 'release' | 'program' | 'progress' | 'signal' | 'current'> {
  readonly stacks: Pick<Work['stacks'], 'names' | 'services'>;
  readonly generated: Pick<Work['generated'], 'secretVariables'>;
  /** What an alarm rolls back, at the beginning of a sentence. Absent: the release. */
  readonly subject?: string;
  /** Absent: no alarm guards it. */
  readonly guard?: RolloutGuard | undefined;
  /** What comes was verified here before: Swarm watches it for a moment only. */
  readonly skipBakes?: boolean | undefined;
}

/**
 * Starts the new tasks beside the old ones and waits until exactly the new ones run. Otherwise it restores the former
 * release first, and then rejects with what the failed tasks wrote.
 */
export async function rollOut(work: Rollout, title = `Roll out ${work.release.version}`): Promise<void> {
  const { progress, stacks } = work;
  const before = await settledServices(work);
  progress.step(title);
  const document = work.skipBakes === true ? watchedBriefly(stacks.services) : stacks.services;
  const ending = await deployAndWatch(work, document, work.signal, work.guard);
  if (ending.ended === 'settled') return;
  if (ending.ended === 'alarm') return rollBackByAlarm(work, ending.alarm);
  const after = await restoreFormer(work, before, ending);
  throw rolloutFailed(work, ending, after);
}

/** Restores the former release, and rejects with what the alarm says. */
export async function rollBackByAlarm(work: Rollout, alarm: AlarmState): Promise<never> {
  const ending = { ended: 'failed', service: '', takenBack: false, reports: [] } as const;
  await restoreFormer(work, new Map(), ending);
  throw rolledBack(work, alarm);
}

/** As what ECS says of it: see scripts/aws/rollout.ts. */
function rolledBack(
  { release, place, subject = release.version }: Rollout,
  { name, condition, runbook, guards }: AlarmState,
): UserError {
  const where = runbook === undefined ? '' : `${runbook} says what to look at. `;
  return new UserError({
    code: 'ROLLED_BACK',
    message: `${subject} was rolled back, because the alarm ${name} fired: ${condition}.`,
    rule: `An alarm that guards the rollout of ${guards.join(' and ')} ends it and restores what ran before it, as on ECS.`,
    remedy: `${where}What the tasks logged: npm run stack -- logs ${place.environment} --level error --since 5m`,
  });
}

function deployAndWatch(
  work: Rollout,
  document: StackDocument,
  signal: AbortSignal,
  guard?: RolloutGuard,
): Promise<RolloutEnding> {
  const { docker, place, stacks, generated, progress, current } = work;
  const path = documentPath(folderOf(place).directory, 'services');
  const stack = stacks.names.stack;
  return deployStack({ docker, stack, document, path, secretVariables: generated.secretVariables, signal }).then(() =>
    watchRollout({
      docker,
      instance: place.instance,
      environment: place.environment,
      expected: expectedServices(stack, document),
      first: current.deployed === undefined,
      firing: guard?.firing,
      progress,
      signal,
    }),
  );
}

/** The services that were fully up before the rollout: the only state that Swarm can roll back to. */
async function settledServices({ docker, place }: Rollout): Promise<ReadonlyMap<string, string>> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const settled = services
    .filter(({ labels }) => labelNames.release in labels)
    .filter((service) => assessRollout(asItSays(service), service, tasksOf(service)).verdict === 'settled');
  return new Map(settled.map(({ name, labels }) => [name, labels[labelNames.rendered] ?? '']));
}

type Aftermath = 'untouched' | 'restored' | 'removed';

/**
 * Checks Swarm's own rollback instead of trusting it. Where it ended elsewhere (after an earlier command that was killed,
 * say), the last successful deployment is deployed again; without one, the services are removed, so that nothing keeps
 * starting failing tasks.
 */
async function restoreFormer(
  work: Rollout,
  before: ReadonlyMap<string, string>,
  ending: Extract<RolloutEnding, { ended: 'failed' }>,
): Promise<Aftermath> {
  const { docker, current, stacks, progress } = work;
  const now = ending.takenBack ? await settledServices(work) : new Map<string, string>();
  const names = expectedServices(stacks.names.stack, stacks.services).map(({ swarmName }) => swarmName);
  if (before.size > 0 && names.every((name) => before.get(name) !== undefined && before.get(name) === now.get(name))) {
    await awaitFormer(work, current.deployed?.services);
    return 'untouched';
  }
  const { deployed } = current;
  if (deployed === undefined) {
    progress.fail?.();
    progress.step('Remove the services, which never became ready');
    await docker.run(['stack', 'rm', stacks.names.stack]);
    return 'removed';
  }
  progress.fail?.();
  progress.step(`Restore ${deployed.release.version}`);
  // Finishes even if the command is interrupted: this is the rollback.
  const restored = await deployAndWatch(work, watchedBriefly(deployed.services), new AbortController().signal);
  if (restored.ended === 'settled') {
    await awaitFormer(work, deployed.services);
    return 'restored';
  }
  throw new UserError({
    code: 'RESTORE_FAILED',
    message: `The rollout failed, and ${deployed.release.version} could not be restored.`,
    remedy:
      'Read what the tasks say below, then roll back to another release (stack rollback), or fix it and run stack up.',
    details: [...ending.reports, ...('reports' in restored ? restored.reports : [])].map(renderReport).join('\n'),
  });
}

/** Tasks of a release that is rolled back get requests for a moment longer: nobody is told that they are gone before they are. */
async function awaitFormer(work: Rollout, services: StackDocument | undefined): Promise<void> {
  const { docker, place, program, stacks, progress } = work;
  if (services === undefined || program.loadBalancer === undefined) return;
  // Not interrupted: this is part of a rollback.
  const { signal } = new AbortController();
  try {
    await untilServing({ docker, place, stacks: { names: stacks.names, services }, signal }, program.loadBalancer);
  } catch (error) {
    // The failed rollout is what the command ends with.
    if (!(error instanceof UserError)) throw error;
    progress.detail(error.message);
  }
}

function rolloutFailed(
  { release, program, current }: Rollout,
  { service, reports }: Extract<RolloutEnding, { ended: 'failed' }>,
  after: Aftermath,
): UserError {
  const path = program.services.find(({ name }) => name === service)?.target?.group.check.path;
  const reasons = [...new Set(reports.map(({ reason }) => reason))];
  const check = path === undefined ? 'its health check' : `GET ${path}`;
  const what = reasons.length === 0 ? `${check} did not pass in time` : reasons.join('; ');
  const state = {
    untouched: '',
    restored: ` ${current.deployed?.release.version ?? ''} was restored.`,
    removed: ' It was the first release, so its services were removed; the database stays.',
  };
  return new UserError({
    code: 'ROLLOUT_FAILED',
    message: `${release.version} never became ready: a task of ${service} did not pass ${check}: ${what}.${state[after]}`,
    rule: 'A task gets traffic only after its health check passed; a release whose tasks fail is rolled back.',
    remedy: 'Fix what the tasks say below and run the command again.',
    details: [...new Map(reports.map((report) => [report.task.slot, report])).values()].map(renderReport).join('\n'),
  });
}
