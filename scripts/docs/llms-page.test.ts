import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { renderLlmsPage } from './llms-page.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

it('llms.txt is the index of the documentation', () => {
  const written = readFileSync(join(projectDirectory, 'llms.txt'), 'utf8');

  expect(written, 'llms.txt is stale: run `npm run docs:llms`').toBe(renderLlmsPage(projectDirectory));
});

it.each(['docs', 'docs/runbooks'])('leads to each page of %s', (folder) => {
  const pages = readdirSync(join(projectDirectory, folder)).filter(
    (file) => /\.md$/.test(file) && file !== 'README.md',
  );
  const text = renderLlmsPage(projectDirectory);

  expect(pages.filter((page) => !text.includes(`(${folder}/${page}`))).toEqual([]);
});
