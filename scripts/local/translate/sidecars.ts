import { collectorEndpoint } from '../../../infra/compute/container/collector.ts';
import type { ContainerDefinition } from './container-definition.ts';

/** Containers that a task can do without are left out here: they talk to AWS services. */
export function isSidecar(definition: unknown): boolean {
  return (
    typeof definition === 'object' && definition !== null && 'essential' in definition && definition.essential === false
  );
}

/** Without the variables that make an app send something to a sidecar. */
export function withoutSidecars(container: ContainerDefinition): ContainerDefinition {
  return { ...container, environment: container.environment.filter(({ value }) => !value.includes(collectorEndpoint)) };
}
