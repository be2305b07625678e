import type { Docker } from '../engine/docker.ts';
import { volumeCreatedAt } from '../observe/current.ts';
import type { Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { deriveNames } from '../translate/names.ts';

/** What the engine has of an environment. */
export async function listContents(docker: Docker, { instance, environment }: Place): Promise<readonly string[]> {
  const { network, volume, loadBalancer } = deriveNames(instance, environment);
  const [swarm, foundNetwork, foundVolume, balancer] = await Promise.all([
    readSwarm(docker, instance, environment),
    docker.api.get(`/networks/${network}`),
    volumeCreatedAt(docker, volume),
    docker.api.get(`/containers/${loadBalancer}/json`),
  ]);
  return [
    ...swarm.services.map(({ name, replicas }) => `service ${name}, ${replicas} ${replicas === 1 ? 'task' : 'tasks'}`),
    ...(balancer === undefined ? [] : [`load balancer ${loadBalancer}`]),
    ...(foundVolume === undefined ? [] : [`volume ${volume}, with the data of the database`]),
    ...(foundNetwork === undefined ? [] : [`network ${network}`]),
  ];
}
