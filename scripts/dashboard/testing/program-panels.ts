import { graphOf } from '../../../infra/testing/graph-of.ts';
import { figuresOf } from '../../local/observe/figures.ts';
import { parseDashboard } from '../../local/translate/dashboard.ts';
import { parseProgram } from '../../local/translate/program.ts';

/** What the program itself shows of an environment, without a Prometheus. */
export async function programPanels(environment = 'staging') {
  const graph = await graphOf(environment);
  const program = parseProgram(graph);
  const dashboard = parseDashboard(graph, program);
  if (dashboard === undefined) throw new Error(`The program of ${environment} has no dashboard.`);
  return figuresOf(dashboard, program, () => Promise.reject(new Error('no figure is read'))).panels;
}
