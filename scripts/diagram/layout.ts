import ElkConstructor from 'elkjs/lib/elk.bundled.js';
import type { ElkExtendedEdge, ElkNode, ElkShape } from 'elkjs/lib/elk-api.js';
import type { Diagram, DiagramEdge, DiagramGroup, DiagramNode } from './model.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A diagram with places: all coordinates are of the whole picture. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly groups: readonly { readonly group: DiagramGroup; readonly box: Box }[];
  readonly nodes: readonly { readonly node: DiagramNode; readonly box: Box }[];
  readonly edges: readonly { readonly edge: DiagramEdge; readonly points: readonly Point[]; readonly label: Box }[];
}

export const titleSize = 14;
export const lineSize = 12;
export const lineHeight = 17;
const iconWidth = 48;
const labelSize = 11;

/**
 * Width of a text in the fonts that the picture asks for (Helvetica and its kin): 0.55 em on average, a little more
 * than that so that no viewer's font runs out of its box.
 */
function textWidth(text: string, size: number): number {
  return Math.ceil(text.length * size * 0.56);
}

/** Layered from top to bottom, as a request travels; groups keep their members together, lines are orthogonal. */
const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '40',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '14',
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
  'elk.spacing.edgeLabel': '4',
  'elk.edgeLabels.inline': 'false',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.randomSeed': '1',
  // Places of the whole picture, not of the parent.
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
};

const groupOptions = { 'elk.padding': '[top=44,left=20,bottom=20,right=20]' };

/** Places everything. The same diagram always gets the same places. */
export async function layOut(diagram: Diagram): Promise<Layout> {
  // The package's types describe its namespace, Node gives the class inside of it.
  const elk = new ElkConstructor.default();
  const root = await elk.layout({
    id: 'root',
    layoutOptions: options,
    children: childrenOf(diagram, undefined),
    edges: diagram.edges.map(edgeOf),
  });
  return readLayout(root, diagram);
}

function childrenOf(diagram: Diagram, parent: string | undefined): ElkNode[] {
  const groups = diagram.groups.filter((group) => group.parent === parent);
  const nodes = diagram.nodes.filter((node) => node.group === parent);
  return [
    ...nodes.map((node) => ({ id: node.id, ...sizeOf(node) })),
    ...groups.map(({ id }) => ({ id, layoutOptions: groupOptions, children: childrenOf(diagram, id) })),
  ];
}

function sizeOf({ title, lines }: DiagramNode): { width: number; height: number } {
  const widest = Math.max(textWidth(title, titleSize), ...lines.map((line) => textWidth(line, lineSize)));
  return { width: iconWidth + widest + 16, height: 22 + lineHeight * (lines.length + 1) };
}

function edgeOf({ from, to, label }: DiagramEdge, index: number): ElkExtendedEdge {
  const size = { width: textWidth(label, labelSize) + 8, height: labelSize + 7 };
  return {
    id: `edge-${index}`,
    sources: [from],
    targets: [to],
    labels: [{ id: `label-${index}`, text: label, ...size }],
  };
}

function readLayout(root: ElkNode, diagram: Diagram): Layout {
  const elements = new Map(descendants(root).map((element) => [element.id, element]));
  const edges = new Map(descendants(root).flatMap((element) => (element.edges ?? []).map((edge) => [edge.id, edge])));
  return {
    width: root.width ?? 0,
    height: root.height ?? 0,
    groups: diagram.groups.map((group) => ({ group, box: boxOf(elements.get(group.id)) })),
    nodes: diagram.nodes.map((node) => ({ node, box: boxOf(elements.get(node.id)) })),
    edges: diagram.edges.map((edge, index) => {
      const placed = edges.get(`edge-${index}`);
      return { edge, points: pointsOf(placed), label: boxOf(placed?.labels?.[0]) };
    }),
  };
}

function descendants(node: ElkNode): readonly ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(descendants)];
}

function boxOf(shape: ElkShape | undefined): Box {
  const { x = 0, y = 0, width = 0, height = 0 } = shape ?? {};
  return { x, y, width, height };
}

function pointsOf(edge: ElkExtendedEdge | undefined): readonly Point[] {
  return (edge?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => {
    return [startPoint, ...bendPoints, endPoint];
  });
}
