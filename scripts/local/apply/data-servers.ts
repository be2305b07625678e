import { setTimeout as pause } from 'node:timers/promises';

import { UserError } from '../../messages/user-error.ts';
import type { Docker } from '../engine/docker.ts';
import { folderOf, type Place } from '../state/place.ts';
import { assessRollout, type Expected, type RolloutState } from '../swarm/rollout-state.ts';
import { deployStack, documentPath } from '../swarm/stack-deploy.ts';
import { readSwarm, type SwarmTask } from '../swarm/swarm.ts';
import { renderReport, reportTask } from '../swarm/task-report.ts';
import type { StackDocument } from '../translate/stack-document.ts';
import { expectedServices, obsoleteServers, serverTitle } from './changes.ts';
import type { Work } from './work.ts';

/** The first start creates the data folder; a later one may have to recover from a crash. */
const startSeconds = 180;
const pollMs = 250;
/** A server that exits this often will not become ready by itself. */
const failuresToGiveUp = 3;

/** Postgres and Valkey, which the migration and the services need when they start. */
export async function bringUpServers({
  docker,
  place,
  stacks,
  generated,
  current,
  progress,
  signal,
}: Work): Promise<void> {
  const { data, names } = stacks;
  if (data === undefined) return;
  const expected = expectedServices(names.dataStack, data);
  const obsolete = obsoleteServers(stacks, current);
  const unsettled = async () => (await lookAt(docker, place, expected)).filter(isUnsettled);
  const toStart = (await unsettled()).map(({ name }) => serverTitle(data, name));
  if (toStart.length + obsolete.length === 0) return;
  const steps = [
    ...(toStart.length === 0 ? [] : [`Start ${toStart.join(' and ')}`]),
    ...obsolete.map((title) => `Remove ${title}`),
  ];
  progress.step(steps.join('; '));
  const path = documentPath(folderOf(place).directory, 'data');
  const { secretVariables } = generated;
  await deployStack({ docker, stack: names.dataStack, document: data, path, secretVariables, signal });
  const deadline = performance.now() + startSeconds * 1000;
  for (;;) {
    const waiting = await unsettled();
    const [first] = waiting;
    if (first === undefined) return;
    const failed = waiting.find(({ state }) => state.failed.length >= failuresToGiveUp);
    if (failed !== undefined || performance.now() > deadline) throw await notReady(docker, data, failed ?? first);
    await pause(pollMs, undefined, { signal });
  }
}

interface Look {
  readonly name: string;
  readonly tasks: readonly SwarmTask[];
  readonly state: RolloutState;
}

async function lookAt(docker: Docker, place: Place, expected: readonly Expected[]): Promise<readonly Look[]> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  return expected.map((one) => {
    const service = services.find(({ name }) => name === one.swarmName);
    const tasks = service === undefined ? [] : tasksOf(service);
    return { name: one.name, tasks, state: assessRollout(one, service, tasks) };
  });
}

function isUnsettled({ state }: Look): boolean {
  return state.verdict !== 'settled';
}

async function notReady(docker: Docker, data: StackDocument, { name, tasks }: Look): Promise<UserError> {
  const reports = await Promise.all(tasks.slice(0, 2).map((task) => reportTask(docker, task)));
  return new UserError({
    code: `${name.toUpperCase()}_NOT_READY`,
    message: `${serverTitle(data, name)} did not become ready.`,
    remedy: 'Fix what it says below and run the command again; its data is untouched.',
    details: reports.map(renderReport).join('\n'),
  });
}
