import { containersOf, type GraphResource, type ProgramGraph, referencesIn } from '../../../infra/graph/query.ts';
import type { TaskDefinition } from './task-definition.ts';

const componentType = 'stack:infra:OwnResources';

/** A graph's resources that the app brings along, and the others. */
export interface Parted {
  readonly own: readonly GraphResource[];
  readonly stack: ProgramGraph;
}

/** Nothing on this machine stands in for what an app brings along. */
export function partOwn(graph: ProgramGraph): Parted {
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

/** As everywhere, a variable whose value the environment does not have is not set. */
export function withoutOwn(task: TaskDefinition, own: readonly GraphResource[]): TaskDefinition {
  const environment = task.container.environment.filter(({ value }) => !refersTo(own, value));
  return { ...task, container: { ...task.container, environment } };
}

function refersTo(own: readonly GraphResource[], value: string): boolean {
  return referencesIn(value).some((reference) =>
    own.some(({ type, name }) => type === reference.type && name === reference.name),
  );
}

/** By name: an app that misses one of them should not have to be searched for the reason. */
export function describeOwn({ own, stack }: Parted): readonly string[] {
  const variables = stack.resources
    .flatMap(containersOf)
    .flatMap(({ name, environment }) =>
      (Array.isArray(environment) ? environment : [])
        .filter((variable: { value?: unknown }) => typeof variable.value === 'string' && refersTo(own, variable.value))
        .map((variable: { name?: unknown }) => `${String(variable.name)} of ${String(name)}`),
    );
  const resources = own.map(({ type, name }) => `${name} (${type})`);
  return [
    ...(resources.length === 0 ? [] : [`the app’s own resources: ${resources.join(', ')}`]),
    ...(variables.length === 0 ? [] : [`variables that need them, which are not set: ${variables.join(', ')}`]),
  ];
}
