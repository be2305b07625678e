import { ofType, zonesOf } from '../../infra/graph/query.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { edgesOf } from './edges.ts';
import { type SubnetKind, subnetKinds, text } from './inputs.ts';
import { clientId, type Diagram, type DiagramGroup, type DiagramNode } from './model.ts';
import { portraitsOf } from './portraits.ts';

function subnetGroupId(kind: SubnetKind): string {
  return `subnets-${kind}`;
}

/** What runs in an environment, taken from the graph that the program registers: nothing is drawn by hand. */
export function diagramOf(graph: Graph, region: string): Diagram {
  const portraits = portraitsOf(graph);
  const nodes: readonly DiagramNode[] = [
    { id: clientId, kind: 'client', title: 'Clients', lines: ['over the internet'] },
    ...portraits.map(({ node }) => node),
  ];
  const edges = edgesOf(graph, portraits);
  const used = new Set(nodes.map(({ group }) => group));
  const groups = groupsOf(graph, region).filter(({ id, kind }) => used.has(id) || kind === 'region' || kind === 'vpc');
  return { title: `${graph.environment}: what runs`, groups, nodes, edges };
}

function groupsOf(graph: Graph, region: string): readonly DiagramGroup[] {
  const [vpc] = ofType(graph, 'awsx:ec2:Vpc');
  const inputs = vpc?.inputs ?? {};
  return [
    { id: 'region', kind: 'region', title: `AWS ${region}` },
    { id: 'vpc', kind: 'vpc', title: `VPC ${text(inputs['cidrBlock'])}, ${zonesOf(inputs)} zones`, parent: 'region' },
    ...subnetKinds.map((kind) => ({
      id: subnetGroupId(kind),
      kind: 'subnets' as const,
      title: `${kind[0]?.toUpperCase()}${kind.slice(1)} subnets`,
      parent: 'vpc',
    })),
    { id: 'releases', kind: 'services', title: 'Releases', parent: 'region' },
    { id: 'operations', kind: 'services', title: 'Operations', parent: 'region' },
  ];
}
