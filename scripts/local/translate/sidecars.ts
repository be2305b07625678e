import type { ContainerDefinition } from './container-definition.ts';

/** The program's way to the collector beside it: nothing listens there on this machine. */
const collectorVariable = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Containers that a task goes on without are left out here: they talk to services of AWS. */
export function isSidecar(definition: unknown): boolean {
  return (
    typeof definition === 'object' && definition !== null && 'essential' in definition && definition.essential === false
  );
}

/** What an app would send to a sidecar it is not asked for. */
export function withoutSidecars(container: ContainerDefinition): ContainerDefinition {
  return { ...container, environment: container.environment.filter(({ name }) => name !== collectorVariable) };
}
