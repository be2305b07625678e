import { ofType, zonesOf } from '../../infra/graph/query.ts';
import type { Graph } from '../../infra/graph/record.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { edgesOf } from './edges.ts';
import { existingBalancer, existingPortraits, withNames } from './existing.ts';
import { type SubnetKind, subnetKinds, text } from './inputs.ts';
import { clientId, type Diagram, type DiagramEdge, type DiagramGroup, type DiagramNode } from './model.ts';
import { portraitsOf } from './portraits.ts';

/** What a drawing needs besides the graph. */
export type DrawnSettings = Pick<Settings, 'region' | 'existing' | 'timing' | 'database'>;

function subnetGroupId(kind: SubnetKind): string {
  return `subnets-${kind}`;
}

/** What runs in an environment, taken from the graph that the program registers: nothing is drawn by hand. */
export function diagramOf(whole: Graph, settings: DrawnSettings): Diagram {
  const { existing } = settings;
  const graph = withNames(whole, existing);
  const portraits = [...existingPortraits(graph, settings), ...portraitsOf(graph)];
  const nodes: readonly DiagramNode[] = [
    { id: clientId, kind: 'client', title: 'Clients', lines: ['over the internet'] },
    ...portraits.map(({ node }) => node),
  ];
  const edges: readonly DiagramEdge[] = [
    ...(existing.listener === undefined
      ? []
      : [{ from: clientId, to: existingBalancer, label: 'HTTPS 443', kind: 'request' as const }]),
    ...edgesOf(graph, portraits),
  ];
  const used = new Set(nodes.map(({ group }) => group));
  const groups = groupsOf(graph, settings).filter(
    ({ id, kind }) => used.has(id) || kind === 'region' || kind === 'vpc',
  );
  return { title: `${graph.environment}: what runs`, groups, nodes, edges };
}

function groupsOf(graph: Graph, { region, existing }: DrawnSettings): readonly DiagramGroup[] {
  const [vpc] = ofType(graph, 'awsx:ec2:Vpc');
  const inputs = vpc?.inputs ?? {};
  return [
    { id: 'region', kind: 'region', title: `AWS ${region}` },
    {
      id: 'vpc',
      kind: 'vpc',
      title:
        existing.vpc === undefined
          ? `VPC ${text(inputs['cidrBlock'])}, ${zonesOf(inputs)} zones`
          : `existing VPC ${existing.vpc.id}`,
      parent: 'region',
    },
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
