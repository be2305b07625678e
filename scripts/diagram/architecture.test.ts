import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { evaluate } from '../../infra/graph/evaluate.ts';
import { readStackFile } from '../../infra/graph/stack-files.ts';
import { drawGraph } from './draw.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

it('docs/architecture.svg is what the program of prod registers now: `npm run docs:architecture` draws it again', async () => {
  const graph = await evaluate('prod', { projectDirectory });
  const region = readStackFile(projectDirectory, 'prod')['aws:region'] ?? '';
  const drawn = await drawGraph(graph, region);
  expect(await drawGraph(graph, region)).toBe(drawn);
  expect(await readFile(resolve(projectDirectory, 'docs/architecture.svg'), 'utf8')).toBe(drawn);
});
