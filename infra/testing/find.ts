import { isDeepStrictEqual } from 'node:util';
import { containersOf, ofType } from '../graph/query.ts';
import type { Graph, RecordedResource } from '../graph/record.ts';

/** The resource of that type and logical name. Throws unless there is exactly one. */
export function find(graph: Graph, type: string, name: string): RecordedResource {
  const found = ofType(graph, type).filter((resource) => resource.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} resources are ${type} ${name}; ${names(graph, type)}`);
  }
  return only;
}

function names(graph: Graph, type: string): string {
  const same = ofType(graph, type).map(({ name }) => name);
  return same.length === 0 ? 'none has that type' : `of that type are ${same.join(', ')}`;
}

/** Definition of the container that has the name of its task. */
export function containerOf(graph: Graph, task: string): Readonly<Record<string, unknown>> {
  const definition = find(graph, 'aws:ecs/taskDefinition:TaskDefinition', task);
  const [found, ...others] = containersOf(definition).filter(({ name }) => name === task);
  if (found === undefined || others.length > 0) throw new Error(`${task} has not exactly one container of its name`);
  return found;
}

/** Resources in which two graphs differ, as `type name`. */
export function differences(a: Graph, b: Graph): readonly string[] {
  const urns = [...new Set([...a.resources, ...b.resources].map(({ urn }) => urn))].toSorted();
  return urns
    .filter((urn) => !isDeepStrictEqual(byUrn(a, urn), byUrn(b, urn)))
    .map((urn) => `${(byUrn(a, urn) ?? byUrn(b, urn))?.type} ${urn.slice(urn.lastIndexOf(':') + 1)}`);
}

function byUrn(graph: Graph, urn: string): RecordedResource | undefined {
  return graph.resources.find((resource) => resource.urn === urn);
}
