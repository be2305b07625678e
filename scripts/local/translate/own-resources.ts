import { containersOf, type GraphResource, referencesIn } from '../../../infra/graph/query.ts';
import { type Emulator, emulatedOutput, isEmulated, type LocalGraph, sdkVariables } from './emulator.ts';
import type { TaskDefinition } from './task-definition.ts';

const componentType = 'stack:infra:OwnResources';

/** A graph's resources that the app brings along, and the others. */
export interface Parted {
  readonly own: readonly GraphResource[];
  readonly stack: LocalGraph;
}

export function partOwn(graph: LocalGraph): Parted {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  const isOwn = ({ parent }: GraphResource): boolean => {
    const above = parent === undefined ? undefined : byUrn.get(parent);
    return above !== undefined && (above.type === componentType || isOwn(above));
  };
  return {
    own: graph.resources.filter(isOwn),
    stack: { ...graph, resources: graph.resources.filter((resource) => !isOwn(resource)) },
  };
}

/**
 * A task with what is here of the app's own resources. As everywhere, a variable whose value the environment does not have is
 * not set. Variables of the SDKs replace none of the app's own.
 */
export function withOwn(
  task: TaskDefinition,
  own: readonly GraphResource[],
  emulator: Emulator | undefined,
): TaskDefinition {
  const environment = task.container.environment.filter(({ value }) => !isMissing(own, emulator, value));
  const taken = new Set([...environment, ...(task.container.secrets ?? [])].map(({ name }) => name));
  const added = Object.entries(emulator === undefined ? {} : sdkVariables(emulator))
    .filter(([name]) => !taken.has(name))
    .map(([name, value]) => ({ name, value }));
  return { ...task, container: { ...task.container, environment: [...environment, ...added] } };
}

/** Whether a value refers to one of the app's resources that is not here. */
function isMissing(own: readonly GraphResource[], emulator: Emulator | undefined, value: string): boolean {
  return referencesIn(value).some(
    (reference) =>
      own.some(({ type, name }) => type === reference.type && name === reference.name) &&
      emulatedOutput(emulator, reference) === undefined,
  );
}

/** By name: an app that misses one of them should not have to be searched for the reason. */
export function describeOwn({ own, stack }: Parted, emulator: Emulator | undefined): readonly string[] {
  const variables = stack.resources
    .flatMap(containersOf)
    .flatMap(({ name, environment }) =>
      (Array.isArray(environment) ? environment : [])
        .filter(
          (variable: { value?: unknown }) =>
            typeof variable.value === 'string' && isMissing(own, emulator, variable.value),
        )
        .map((variable: { name?: unknown }) => `${String(variable.name)} of ${String(name)}`),
    );
  const missing = own.filter((resource) => !isEmulated(emulator, resource));
  const resources = missing.map(({ type, name }) => `${name} (${type})`);
  return [
    ...(emulator === undefined ? [] : describeEmulated(emulator)),
    ...(resources.length === 0 ? [] : [`the app’s own resources: ${resources.join(', ')}`]),
    ...(variables.length === 0 ? [] : [`variables that need them, which are not set: ${variables.join(', ')}`]),
  ];
}

function describeEmulated({ realised, withoutEffect }: Emulator): readonly string[] {
  return [
    `S3 and SQS themselves: MiniStack stands in for ${realised.join(', ')}, and enforces no permission`,
    ...(withoutEffect.length === 0 ? [] : [`settings of these without effect here: ${withoutEffect.join(', ')}`]),
  ];
}
