import { labelNames } from '../translate/stack-document.ts';

/** What an engine says of the API of `example-staging`, as far as it is read. */
export function serviceAnswer(replicas: number) {
  return {
    ID: 'service',
    Version: { Index: 1 },
    Spec: {
      Name: 'example-staging_api',
      Labels: { [labelNames.service]: 'api', [labelNames.release]: '1' },
      Mode: { Replicated: { Replicas: replicas } },
      TaskTemplate: { ContainerSpec: { Image: 'x' } },
    },
  };
}

/** Of a running task of it. */
export function taskAnswer(id: string, createdAt: string, desiredState = 'running') {
  return {
    ID: id,
    ServiceID: 'service',
    CreatedAt: createdAt,
    Slot: 1,
    DesiredState: desiredState,
    Status: { State: 'running', ContainerStatus: { ContainerID: `${id}-container` } },
    Spec: { ContainerSpec: { Image: 'x' } },
  };
}
