import { setTimeout as pause } from 'node:timers/promises';
import { type MaintenancePage, problemOf } from '../../messages/maintenance-page.ts';
import { UserError } from '../../messages/user-error.ts';
import { nothingToListen } from '../../release/nothing-runs.ts';
import type { Docker } from '../engine/docker.ts';
import { inspectLoadBalancer } from '../load-balancer/container.ts';
import { readLoadedConfig, reloadConfig, stageConfig } from '../load-balancer/reload.ts';
import { folderOf, type Place } from '../state/place.ts';
import { hasMaintenance, withMaintenance } from '../translate/maintenance.ts';
import { deriveNames } from '../translate/names.ts';

/** `undefined`: no load balancer runs. */
export async function showsMaintenance(docker: Docker, place: Place): Promise<boolean | undefined> {
  const config = await runningConfig(docker, place);
  return config === undefined ? undefined : hasMaintenance(config);
}

/**
 * Returns when the load balancer answers so: its new process takes the listening socket over a moment after it is told to.
 *
 * @param page `undefined`: the app answers again
 */
export async function setMaintenance(docker: Docker, place: Place, page: MaintenancePage | undefined): Promise<void> {
  const config = await runningConfig(docker, place);
  if (config === undefined) throw nothingToListen();
  const wanted = withMaintenance(config, page);
  const container = deriveNames(place.instance, place.environment).loadBalancer;
  if (wanted !== config) {
    const folder = folderOf(place).loadBalancer;
    await stageConfig(docker, container, folder, wanted);
    await reloadConfig(docker, container, folder, wanted);
  }
  const port = (await inspectLoadBalancer(docker, container))?.port;
  const until = performance.now() + answerSeconds * 1000;
  while (!(await answersWith(port, page))) {
    if (performance.now() > until) throw notTaken(container, page);
    await pause(100);
  }
}

const answerSeconds = 30;

/** On a connection of its own: one that is open already may still lead to the process that ends. */
async function answersWith(port: number | undefined, page: MaintenancePage | undefined): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { accept: 'application/problem+json', connection: 'close' },
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    return page === undefined ? !text.includes('"retryAfterSeconds":') : text === problemOf(page);
  } catch {
    return false;
  }
}

function notTaken(container: string, page: MaintenancePage | undefined): UserError {
  return new UserError({
    code: 'LOAD_BALANCER_NOT_SERVING',
    message: `After ${answerSeconds} s the load balancer still ${page === undefined ? 'shows a maintenance page' : 'shows another answer than the page'}.`,
    remedy: `Run the command again. If that does not help: docker restart ${container}`,
  });
}

async function runningConfig(docker: Docker, place: Place): Promise<string | undefined> {
  const found = await inspectLoadBalancer(docker, deriveNames(place.instance, place.environment).loadBalancer);
  return found?.running === true ? readLoadedConfig(folderOf(place).loadBalancer) : undefined;
}
