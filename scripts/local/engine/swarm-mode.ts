import { z } from 'zod';

import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from './docker.ts';

const info = z.object({
  Swarm: z.object({ LocalNodeState: z.string(), ControlAvailable: z.boolean(), Nodes: z.number().optional() }),
});

/** Label on the only node of a swarm that `up` created: such a swarm may be left again. */
const madeByUs = 'stack.made';

/** Old tasks that the engine remembers per slot: enough to explain a failure. */
const rememberedTasks = 3;

/** Makes the engine a single-node swarm unless it is one. */
export async function ensureSwarm(docker: Docker, progress: Progress): Promise<void> {
  const { Swarm } = info.parse(await docker.api.get('/info'));
  if (Swarm.LocalNodeState === 'inactive') {
    progress.step('Make the Docker engine a single-node swarm (docker swarm init)');
    // No other machine joins it, so it listens on loopback only.
    const local = ['--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377'];
    await docker.run(['swarm', 'init', ...local, '--task-history-limit', String(rememberedTasks)]);
    const node = await docker.run(['info', '--format', '{{.Swarm.NodeID}}']);
    await docker.run(['node', 'update', '--label-add', `${madeByUs}=true`, node]);
    return;
  }
  if (Swarm.LocalNodeState !== 'active' || !Swarm.ControlAvailable || (Swarm.Nodes ?? 1) > 1) {
    throw new UserError({
      code: 'SWARM_NOT_OURS',
      message: `The Docker engine is in a swarm that it does not manage alone (${Swarm.LocalNodeState}, ${Swarm.Nodes ?? '?'} nodes).`,
      rule: 'The local target keeps volumes and images on this machine, so all of its tasks must run here.',
      remedy: 'Use another engine (docker context use …, or STACK_DOCKER), or leave that swarm: docker swarm leave',
    });
  }
}

/**
 * Leaves a swarm that `up` created once nothing on the engine uses it: no service, and no overlay network of any checkout
 * or anybody else. @returns whether it was left
 */
export async function leaveUnusedSwarm(docker: Docker): Promise<boolean> {
  const node = await docker.attempt(['node', 'inspect', 'self', '--format', `{{index .Spec.Labels "${madeByUs}"}}`]);
  if (node.exitCode !== 0 || node.stdout !== 'true') return false;
  const [services, networks] = await Promise.all([
    docker.run(['service', 'ls', '--quiet']),
    docker.run(['network', 'ls', '--format', '{{.Name}}', '--filter', 'driver=overlay']),
  ]);
  if (services !== '' || networks.split('\n').some((name) => name !== '' && name !== 'ingress')) return false;
  await docker.run(['swarm', 'leave', '--force']);
  // The engine creates it for the swarm and leaves it behind.
  await docker.attempt(['network', 'rm', 'docker_gwbridge']);
  return true;
}

/** Whether any container runs, whoever started it. */
export async function hasRunningContainers(docker: Docker): Promise<boolean> {
  return (await docker.run(['ps', '--quiet'])) !== '';
}
