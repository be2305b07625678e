import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { renderAlarmsPage } from './alarms-page.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

it('docs/alarms.md is what the program has', async () => {
  const written = readFileSync(join(projectDirectory, 'docs/alarms.md'), 'utf8');

  expect(written, 'docs/alarms.md is stale: run `npm run docs:alarms`').toBe(
    await renderAlarmsPage(fixtureProject, 'prod'),
  );
});
