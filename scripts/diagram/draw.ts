import type { Graph } from '../../infra/graph/record.ts';
import { type DrawnSettings, diagramOf } from './diagram.ts';
import { layOut } from './layout.ts';
import { renderSvg } from './svg.ts';

/** Draws what an environment runs, from the graph that its program registers. */
export async function drawGraph(graph: Graph, settings: DrawnSettings): Promise<string> {
  const diagram = diagramOf(graph, settings);
  return renderSvg(await layOut(diagram), diagram.title);
}
