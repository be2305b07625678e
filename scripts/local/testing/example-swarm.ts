import type { SwarmServiceState, SwarmTask } from '../swarm/swarm.ts';
import { labelNames } from '../translate/stack-document.ts';

/** A task that runs the revision `new`; `changes` say otherwise. */
export function exampleTask(changes: Partial<SwarmTask> & { readonly revision?: string } = {}): SwarmTask {
  const { revision = 'new', ...rest } = changes;
  return {
    id: 'task1',
    serviceId: 'service1',
    slot: 1,
    createdAt: '2026-11-21T12:00:00Z',
    desiredState: 'running',
    state: 'running',
    error: undefined,
    exitCode: undefined,
    image: 'sha256:aaaa',
    labels: { [labelNames.revision]: revision, [labelNames.service]: 'api', [labelNames.release]: '1.0.0-a' },
    containerId: 'container1',
    addresses: ['10.0.0.5'],
    ...rest,
  };
}

/** A service of two tasks that was deployed as `rendered`. */
export function exampleService(changes: Partial<SwarmServiceState> = {}): SwarmServiceState {
  return {
    id: 'service1',
    name: 'example-staging_api',
    version: 7,
    labels: {
      [labelNames.rendered]: 'rendered',
      [labelNames.revision]: 'new',
      [labelNames.service]: 'api',
      [labelNames.release]: '1.0.0-a',
    },
    replicas: 2,
    container: { image: 'sha256:aaaa', environment: {}, memoryMiB: 512, cpus: 0.25, stopGraceSeconds: 35 },
    update: undefined,
    ...changes,
  };
}
