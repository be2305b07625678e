import { join } from 'node:path';
import { expect, it } from 'vitest';
import { evaluate } from '../../infra/graph/evaluate.ts';
import { fixtureProject, projectDirectory } from '../../infra/testing/graph-of.ts';
import { readSettings } from '../program/settings.ts';
import { drawGraph } from './draw.ts';

it('docs/architecture.svg is what the program registers for prod, with the stack files of the tests: `npm run docs:architecture` draws it again', async () => {
  const graph = await evaluate('prod', { projectDirectory: fixtureProject });
  const settings = readSettings(fixtureProject, 'prod');
  const drawn = await drawGraph(graph, settings);
  expect(await drawGraph(graph, settings)).toBe(drawn);
  await expect(drawn).toMatchFileSnapshot(join(projectDirectory, 'docs/architecture.svg'));
});
