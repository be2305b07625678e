import type { Graph } from '../../infra/graph/record.ts';
import type { ExistingVpc, Settings } from '../../infra/settings/settings.ts';

/** The graph with names in place of the ids of what exists already: a drawing follows names, and an id says nothing. */
export function withNames(graph: Graph, existing: Settings['existing']): Graph {
  const names = new Map(existing.vpc === undefined ? [] : subnetNames(existing.vpc));
  if (names.size === 0) return graph;
  return {
    ...graph,
    resources: graph.resources.map((resource) => ({ ...resource, inputs: named(resource.inputs, names) })),
  };
}

function subnetNames(vpc: ExistingVpc): readonly (readonly [id: string, name: string])[] {
  const name = (kind: string, index: number) => `@{awsx:ec2:Vpc::existing::${kind}SubnetIds[${index}]}`;
  return [
    // One that is for tasks and databases alike is drawn as that of the tasks.
    ...vpc.databaseSubnetIds.map((id, index) => [id, name('isolated', index)] as const),
    ...vpc.privateSubnetIds.map((id, index) => [id, name('private', index)] as const),
    ...vpc.publicSubnetIds.map((id, index) => [id, name('public', index)] as const),
  ];
}

function named<Value>(value: Value, names: ReadonlyMap<string, string>): Value {
  if (typeof value === 'string') return (names.get(value) ?? value) as Value;
  if (Array.isArray(value)) return value.map((each: unknown) => named(each, names)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, named(each, names)])) as Value;
}
