import type { MaintenancePage } from '../../release/maintenance-page.ts';
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

/** @param page `undefined`: the app answers again */
export async function setMaintenance(docker: Docker, place: Place, page: MaintenancePage | undefined): Promise<void> {
  const config = await runningConfig(docker, place);
  if (config === undefined) throw nothingToListen();
  const wanted = withMaintenance(config, page);
  if (wanted === config) return;
  const container = deriveNames(place.instance, place.environment).loadBalancer;
  const folder = folderOf(place).loadBalancer;
  await stageConfig(docker, container, folder, wanted);
  await reloadConfig(docker, container, folder, wanted);
}

async function runningConfig(docker: Docker, place: Place): Promise<string | undefined> {
  const found = await inspectLoadBalancer(docker, deriveNames(place.instance, place.environment).loadBalancer);
  return found?.running === true ? readLoadedConfig(folderOf(place).loadBalancer) : undefined;
}
