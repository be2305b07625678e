import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { evaluate } from '../../infra/graph/evaluate.ts';
import { readSettings } from '../program/settings.ts';
import { drawGraph } from './draw.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

it('docs/architecture.svg is what the program of prod registers now: `npm run docs:architecture` draws it again', async () => {
  const graph = await evaluate('prod', { projectDirectory });
  const settings = readSettings(projectDirectory, 'prod');
  const drawn = await drawGraph(graph, settings);
  expect(await drawGraph(graph, settings)).toBe(drawn);
  expect(await readFile(resolve(projectDirectory, 'docs/architecture.svg'), 'utf8')).toBe(drawn);
});
