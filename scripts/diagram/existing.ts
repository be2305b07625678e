import { fieldsOf, ofType } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import type { ExistingVpc, Settings } from '../../infra/settings/settings.ts';
import { text } from './inputs.ts';
import type { Portrait } from './portrait.ts';

type Drawn = Pick<Settings, 'existing' | 'timing' | 'database'>;

/** The graph with names in place of the ids of what exists already: a drawing follows names, and an id says nothing. */
export function withNames(graph: Graph, existing: Settings['existing']): Graph {
  const { vpc, listener, database } = existing;
  const names = new Map([
    ...(vpc === undefined ? [] : subnetNames(vpc)),
    ...(listener === undefined ? [] : [[listener.securityGroupId, groupName('load-balancer')] as const]),
    ...(database === undefined ? [] : [[database.securityGroupId, groupName('database')] as const]),
  ]);
  if (names.size === 0) return graph;
  return {
    ...graph,
    resources: graph.resources.map((resource) => ({ ...resource, inputs: named(resource.inputs, names) })),
  };
}

function groupName(of: string): string {
  return `@{aws:ec2/securityGroup:SecurityGroup::existing-${of}::id}`;
}

/** What exists and is not part of the graph. */
export function existingPortraits(graph: Graph, drawn: Drawn): readonly Portrait[] {
  return [...balancerPortrait(graph, drawn), ...databasePortrait(drawn)];
}

function databasePortrait({ existing, database }: Drawn): readonly Portrait[] {
  if (existing.database === undefined) return [];
  return [
    {
      node: {
        id: 'existing-database',
        kind: 'database',
        title: 'existing RDS instance',
        lines: [
          existing.database.identifier,
          `PostgreSQL ${database.engineVersion}, database ${database.name}`,
          `${database.maxConnections} connections`,
        ],
        group: 'vpc',
      },
      resources: [usesGroup('database')],
    },
  ];
}

function balancerPortrait(graph: Graph, { existing, timing }: Drawn): readonly Portrait[] {
  const { listener } = existing;
  if (listener === undefined) return [];
  const [targetGroup] = ofType(graph, 'aws:lb/targetGroup:TargetGroup');
  const { path, interval, healthyThreshold } = fieldsOf(targetGroup?.inputs['healthCheck']);
  return [
    {
      node: {
        id: existingBalancer,
        kind: 'balancer',
        title: 'existing load balancer',
        lines: [
          listener.loadBalancer.name,
          `checks ${text(path)}: ${text(healthyThreshold)} × ${text(interval)} s`,
          `idle timeout ${timing.albIdleTimeoutSeconds} s`,
        ],
        group: 'vpc',
      },
      resources: [usesGroup('load-balancer')],
    },
  ];
}

export const existingBalancer = 'existing-load-balancer';

/** Stands for something whose security group others refer to. */
function usesGroup(name: string): RecordedResource {
  return {
    type: 'existing',
    name,
    urn: name,
    dependencies: [],
    custom: true,
    protect: false,
    ignoreChanges: [],
    inputs: { securityGroups: [groupName(name)] },
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
