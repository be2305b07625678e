import { setTimeout as pause } from 'node:timers/promises';

import { UserError } from '../../messages/user-error.ts';
import type { Docker } from '../engine/docker.ts';
import { folderOf } from '../state/place.ts';
import { deployStack, documentPath } from '../swarm/stack-deploy.ts';
import { renderReport, reportTask } from '../swarm/task-report.ts';
import { type Observation, observeRollout } from '../swarm/watch-rollout.ts';
import type { StackDocument } from '../translate/stack-document.ts';
import { expectedServices, obsoleteServers, serverTitle } from './changes.ts';
import type { Work } from './work.ts';

/** The first start creates the data folder; a later one may have to recover from a crash. */
const startSeconds = 180;
const pollMs = 250;
/** A server that exits this often will not become ready by itself. */
const failuresToGiveUp = 3;

/** Postgres, Valkey and what stands in for S3 and SQS, which the migration and the services need when they start. */
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
  const { instance, environment } = place;
  const unsettled = async () => (await observeRollout({ docker, instance, environment, expected })).filter(isUnsettled);
  const toStart = (await unsettled()).map(({ expected: { name } }) => serverTitle(data, name));
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

function isUnsettled({ state }: Observation): boolean {
  return state.verdict !== 'settled';
}

async function notReady(
  docker: Docker,
  data: StackDocument,
  { expected: { name }, tasks }: Observation,
): Promise<UserError> {
  const reports = await Promise.all(tasks.slice(0, 2).map((task) => reportTask(docker, task)));
  return new UserError({
    code: `${name.toUpperCase()}_NOT_READY`,
    message: `${serverTitle(data, name)} did not become ready.`,
    remedy: 'Fix what it says below and run the command again; its data is untouched.',
    details: reports.map(renderReport).join('\n'),
  });
}
