import type { Graph } from '../../infra/graph/record.ts';
import { diagramOf } from './diagram.ts';
import { layOut } from './layout.ts';
import { renderSvg } from './svg.ts';

/** Draws what an environment runs, from the graph that its program registers. */
export async function drawGraph(graph: Graph, region: string): Promise<string> {
  const diagram = diagramOf(graph, region);
  return renderSvg(await layOut(diagram), diagram.title);
}
