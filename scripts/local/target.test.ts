import { appendFileSync, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Graph } from '../../infra/graph/record.ts';
import type { Release } from '../../infra/release/release.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { createLocalTarget } from './target.ts';
import { exampleGraph } from './testing/example-graph.ts';

const project = resolve(import.meta.dirname, '../..');
const built: Release = { version: '9.0.0-a', image: '', digest: '', commit: 'unknown', migrations: [] };

/** A target without an engine, whose program runs what it is pinned to, and builds otherwise. */
function targetOf(settings: Readonly<Record<string, string>> = {}) {
  const projectDirectory = mkdtempSync(join(tmpdir(), 'target-'));
  for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml', 'Pulumi.prod.yaml']) {
    cpSync(join(project, file), join(projectDirectory, file));
  }
  for (const [key, value] of Object.entries(settings)) {
    appendFileSync(join(projectDirectory, 'Pulumi.prod.yaml'), `  nest-fargate:${key}: '${value}'\n`);
  }
  return createLocalTarget({
    projectDirectory,
    instance: 'unit',
    variables: { STACK_DOCKER: '/no/such/docker' },
    evaluate: async (environment, { config = {} }): Promise<Graph> => {
      const release = config['release'] === undefined ? built : JSON.parse(config['release']);
      return { environment, outputs: { release }, ...withoutImage() };
    },
  });
}

/** The release is not built here, so the plan has it as the program says it. */
function withoutImage(): Pick<Graph, 'resources'> {
  const resources = exampleGraph().resources.filter(({ type }) => type !== 'docker:index/image:Image');
  return {
    resources: resources.map((resource) => ({
      ...resource,
      urn: resource.name,
      dependencies: [],
      custom: true,
      protect: false,
      ignoreChanges: [],
    })),
  };
}

it.each([
  ['prod', 'up of what was promoted changes nothing about the release', '2.0.0'],
  ['staging', 'up builds, whatever was once promoted there', '9.0.0-a'],
])('%s: %s', async (environment, _, version) => {
  const target = targetOf();
  await target.ledger(environment).append(entry('2.0.0', { environment, action: 'promote' }));

  expect((await target.plan(environment)).release.version).toBe(version);
});

it('prod: the setting `release` decides over what was promoted', async () => {
  const target = targetOf({ release: JSON.stringify({ ...built, image: 'app', digest: `sha256:${'0'.repeat(64)}` }) });
  await target.ledger('prod').append(entry('2.0.0', { environment: 'prod', action: 'promote' }));

  expect((await target.plan('prod')).release.version).toBe(built.version);
});
