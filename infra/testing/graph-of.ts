import { dirname, join } from 'node:path';
import { evaluate } from '../graph/evaluate.ts';
import type { Graph } from '../graph/record.ts';

/** Where Pulumi.yaml, the stack files and docs/ are, whatever the working directory of the tests is. */
export const projectDirectory = dirname(dirname(import.meta.dirname));

/** Stack files for tests. The user's own may say anything that the rules allow, and no test of the project may notice. */
export const fixtureProject = join(import.meta.dirname, 'project');

const evaluated = new Map<string, Promise<Graph>>();

/** What the program registers for an environment with the stack file of the tests and some settings changed. */
export function graphOf(environment = 'staging', config: Readonly<Record<string, string>> = {}): Promise<Graph> {
  const key = JSON.stringify([environment, config]);
  const graph = evaluated.get(key) ?? evaluate(environment, { projectDirectory: fixtureProject, config });
  evaluated.set(key, graph);
  return graph;
}
