import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../infra/graph/record.ts';
import type { Release } from '../../infra/release/release.ts';
import { existingVpc } from '../../infra/testing/existing.ts';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import type { Docker } from './engine/docker.ts';
import type { EngineState } from './engine/engine.ts';
import { createLocalTarget } from './target.ts';
import { exampleGraph } from './testing/example-graph.ts';

const built: Release = { version: '9.0.0-a', image: '', digest: '', commit: 'unknown', migrations: [] };

interface Machine {
  readonly found?: EngineState;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A target without an engine, whose program runs what it is pinned to, and builds otherwise. */
function targetOf(
  settings: Readonly<Record<string, string>> = {},
  asked: (config: Readonly<Record<string, string>>) => void = () => undefined,
  { found = { state: 'no-client' }, variables = {} }: Machine = {},
) {
  const projectDirectory = mkdtempSync(join(tmpdir(), 'target-'));
  for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml', 'Pulumi.prod.yaml']) {
    cpSync(join(fixtureProject, file), join(projectDirectory, file));
  }
  for (const [key, value] of Object.entries(settings)) {
    const file = join(projectDirectory, 'Pulumi.prod.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(new RegExp(`^ *nest-fargate:${key}: .*\n`, 'm'), ''));
    appendFileSync(file, `  nest-fargate:${key}: '${value}'\n`);
  }
  return createLocalTarget({
    projectDirectory,
    instance: 'unit',
    variables,
    find: async () => found,
    evaluate: async (environment, { config = {} }): Promise<Graph> => {
      asked(config);
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

it('evaluates the program without what exists on AWS, and says what is in its place', async () => {
  const asked: Readonly<Record<string, string>>[] = [];
  const existing = {
    vpcCidr: '10.0.0.0/16',
    natGateways: 'single',
    ...existingVpc,
    existingClusterArn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared',
  };
  const target = targetOf(existing, (config) => asked.push(config));
  const said = await target.unrealised('prod');

  expect(asked).toEqual([
    {
      existingVpcId: '',
      existingPublicSubnetIds: '',
      existingPrivateSubnetIds: '',
      existingDatabaseSubnetIds: '',
      existingClusterArn: '',
    },
  ]);
  expect(said).toEqual(
    expect.arrayContaining([
      'the existing VPC vpc-0a1b2c3d: an overlay network instead',
      'the existing ECS cluster shared: this machine’s Docker engine instead',
    ]),
  );
});

const engine = { docker: { executable: 'docker' } as Docker, builder: 'buildx' } as const;
const stopped: EngineState = { state: 'stopped', engine, answer: 'connect ENOENT' };

describe('what runs on an engine that does not answer', () => {
  it.each<[string, Machine]>([
    ['Docker is not installed', { found: { state: 'no-client' } }],
    ['this machine’s own engine is stopped', { found: stopped }],
  ])('is nothing where %s', async (_, machine) => {
    expect(await targetOf({}, undefined, machine).observe('prod')).toBeUndefined();
  });

  it.each<[string, Machine, code: string]>([
    ['its user may not ask it', { found: { state: 'denied', answer: 'EACCES' } }, 'DOCKER_DENIED'],
    [
      'the client has no buildx',
      { found: { state: 'no-buildkit', executable: 'docker', version: '28' } },
      'DOCKER_WITHOUT_BUILDKIT',
    ],
    [
      'the client that was named does not run',
      { found: { state: 'no-client', named: '/no/docker' } },
      'DOCKER_MISSING',
    ],
    ['it was chosen by DOCKER_HOST', { found: stopped, variables: { DOCKER_HOST: 'unix:///x' } }, 'DOCKER_NOT_RUNNING'],
  ])('is unknown where %s', async (_, machine, code) => {
    await expect(targetOf({}, undefined, machine).observe('prod')).rejects.toMatchObject({ code });
  });
});

describe('down', () => {
  const remove = async (machine: Machine) => {
    const target = targetOf({}, undefined, machine);
    await target.ledger('prod').append(entry('2.0.0', { environment: 'prod' }));
    const removed = target.down('prod', { step: () => undefined, detail: () => undefined });
    return { removed, kept: async () => (await target.ledger('prod').list()).length };
  };

  it('removes the files where there is no Docker', async () => {
    const { removed, kept } = await remove({ found: { state: 'no-client' } });
    await removed;
    expect(await kept()).toBe(0);
  });

  it('keeps them while the engine is stopped: it has the containers and the data, and starts them again', async () => {
    const { removed, kept } = await remove({ found: stopped });
    await expect(removed).rejects.toMatchObject({ code: 'DOCKER_NOT_RUNNING' });
    expect(await kept()).toBe(1);
  });
});
