import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { existingDatabase, existingListener, existingVpc } from '../../infra/testing/existing.ts';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { type DrawnSettings, diagramOf } from './diagram.ts';
import { layOut } from './layout.ts';
import type { Diagram } from './model.ts';

const settings: DrawnSettings = parseSettings({ 'aws:region': 'eu-central-1' }, 'prod');

let graph: Graph;
let diagram: Diagram;
beforeAll(async () => {
  graph = await evaluate('prod', { projectDirectory: fixtureProject });
  diagram = diagramOf(graph, settings);
});

const titled = (title: string) => diagram.nodes.find((node) => node.title.startsWith(title));
const edges = () =>
  diagram.edges.map(({ from, to, label }) => {
    const title = (id: string) => diagram.nodes.find((node) => node.id === id)?.title ?? id;
    return `${title(from)} → ${title(to)}: ${label}`;
  });

describe('the diagram of prod', () => {
  it('puts load balancer, tasks and database into their subnets', () => {
    expect(titled('Application Load Balancer')?.group).toBe('subnets-public');
    expect(titled('ECS service api')?.group).toBe('subnets-private');
    expect(titled('ECS task migrate')?.group).toBe('subnets-private');
    expect(titled('RDS PostgreSQL')?.group).toBe('subnets-isolated');
  });

  it('draws a request where a security group lets it in, and nowhere else', () => {
    expect(edges()).toEqual(expect.arrayContaining(['Application Load Balancer → ECS service api: HTTP 3000']));
    expect(
      edges()
        .filter((edge) => edge.includes('→ RDS PostgreSQL'))
        .toSorted(),
    ).toEqual([
      expect.stringMatching(/^ECS service api → .*: TLS 5432$/),
      expect.stringMatching(/^ECS service worker → .*: TLS 5432$/),
      expect.stringMatching(/^ECS task migrate → .*: TLS 5432$/),
    ]);
    expect(edges().filter((edge) => edge.startsWith('Clients →'))).toHaveLength(1);
  });

  it('shows that migrations come before the service, and which image all of them run', () => {
    expect(edges()).toEqual(
      expect.arrayContaining([
        'ECS task migrate → ECS service api: before it serves',
        'ECS task migrate → ECR image: pulls by digest',
        'ECS service api → ECR image: pulls by digest',
      ]),
    );
  });

  it('takes the facts of a service from its resources', () => {
    const changed = diagramOf(
      changing(graph, 'api', {
        'aws:appautoscaling/target:Target': () => ({ minCapacity: 3, maxCapacity: 9 }),
        'aws:ecs/taskDefinition:TaskDefinition': ({ containerDefinitions }) => ({
          cpu: '2048',
          containerDefinitions: withFirst(containerDefinitions, { memory: 3333, stopTimeout: 77 }),
        }),
      }),
      settings,
    );
    expect(changed.nodes.find(({ title }) => title === 'ECS service api')?.lines).toEqual([
      '3 to 9 tasks, Fargate 2 vCPU',
      'memory limit 3333 MiB',
      'stop timeout 77 s',
      'circuit breaker, alarms: rolls back',
    ]);
  });
});

describe('what exists already', () => {
  const ids = (first: string) => `subnet-${first}0000000,subnet-${first}1111111`;
  const config = {
    vpcCidr: '10.0.0.0/16',
    natGateways: 'single',
    existingVpcId: 'vpc-0a1b2c3d',
    existingPublicSubnetIds: ids('a'),
    existingPrivateSubnetIds: ids('b'),
    existingDatabaseSubnetIds: ids('c'),
  };
  const draw = async (more: Readonly<Record<string, string>> = {}) => {
    const all = { ...config, ...more };
    return diagramOf(
      await evaluate('prod', { projectDirectory: fixtureProject, config: all }),
      parseSettings({ 'aws:region': 'eu-central-1', ...all }, 'prod'),
    );
  };

  it('is drawn as such, with what the stack puts into it', async () => {
    const drawn = await draw();
    const groupOf = (title: string) => drawn.nodes.find((node) => node.title.startsWith(title))?.group;

    expect(drawn.groups.find(({ id }) => id === 'vpc')?.title).toBe('existing VPC vpc-0a1b2c3d');
    expect(groupOf('Application Load Balancer')).toBe('subnets-public');
    expect(groupOf('ECS service api')).toBe('subnets-private');
    expect(groupOf('RDS PostgreSQL')).toBe('subnets-isolated');
    expect(groupOf('NAT gateway')).toBeUndefined();
  });

  it('has requests come through the existing load balancer', async () => {
    const drawn = await draw({
      ...existingListener,
      accessLogRetentionDays: '30',
    });
    const balancers = drawn.nodes.filter(({ kind }) => kind === 'balancer');
    const titleOf = (id: string) => drawn.nodes.find((node) => node.id === id)?.title;

    expect(balancers).toMatchObject([
      { title: 'existing load balancer', lines: ['shared', expect.stringMatching(/^checks /), 'idle timeout 60 s'] },
    ]);
    expect(
      drawn.edges
        .filter(({ from, to }) => [from, to].includes('existing-load-balancer'))
        .map(({ from, to, label }) => `${titleOf(from)} → ${titleOf(to)}: ${label}`),
    ).toEqual(['Clients → existing load balancer: HTTPS 443', 'existing load balancer → ECS service api: HTTP 3000']);
  });
});

it('draws an existing database as such, with who may reach it', async () => {
  const config = {
    vpcCidr: '10.0.0.0/16',
    natGateways: 'single',
    ...existingVpc,
    ...existingDatabase,
    databaseMultiAz: 'false',
    databaseBackupRetentionDays: '7',
    databaseStorageGiB: '20',
    databaseMaxStorageGiB: '100',
  };
  const drawn = diagramOf(
    await evaluate('prod', { projectDirectory: fixtureProject, config }),
    parseSettings({ 'aws:region': 'eu-central-1', ...config }, 'prod'),
  );
  const titleOf = (id: string) => drawn.nodes.find((node) => node.id === id)?.title;

  expect(drawn.nodes.filter(({ kind }) => kind === 'database')).toMatchObject([
    { title: 'existing RDS instance', lines: ['shared-postgres', 'PostgreSQL 17, database app', '400 connections'] },
  ]);
  expect(
    drawn.edges
      .filter(({ to }) => to === 'existing-database')
      .map(({ from }) => titleOf(from))
      .toSorted(),
  ).toEqual(['ECS service api', 'ECS service worker', 'ECS task migrate']);
});

type Inputs = Readonly<Record<string, unknown>>;

/** The graph in which the resources of that name have other inputs, by type. */
function changing({ resources, ...rest }: Graph, name: string, by: Record<string, (inputs: Inputs) => Inputs>): Graph {
  return {
    ...rest,
    resources: resources.map((resource) => {
      const change = resource.name === name ? by[resource.type] : undefined;
      return change === undefined
        ? resource
        : { ...resource, inputs: { ...resource.inputs, ...change(resource.inputs) } };
    }),
  };
}

function withFirst(containerDefinitions: unknown, facts: Inputs): string {
  const [first, ...others]: unknown[] = JSON.parse(String(containerDefinitions));
  return JSON.stringify([Object.assign({}, first, facts), ...others]);
}

describe('the layout', () => {
  it('keeps every node inside of its group and apart from the others', async () => {
    const { nodes, groups } = await layOut(diagram);
    for (const { node, box } of nodes) {
      const group = groups.find((candidate) => candidate.group.id === node.group)?.box;
      if (group === undefined) continue;
      expect(box.x).toBeGreaterThanOrEqual(group.x);
      expect(box.y).toBeGreaterThanOrEqual(group.y);
      expect(box.x + box.width).toBeLessThanOrEqual(group.x + group.width);
      expect(box.y + box.height).toBeLessThanOrEqual(group.y + group.height);
    }
    for (const a of nodes) {
      for (const b of nodes) {
        if (a === b) continue;
        const apart =
          a.box.x + a.box.width <= b.box.x ||
          b.box.x + b.box.width <= a.box.x ||
          a.box.y + a.box.height <= b.box.y ||
          b.box.y + b.box.height <= a.box.y;
        expect(apart, `${a.node.title} and ${b.node.title}`).toBe(true);
      }
    }
  });

  it('gives every line its places', async () => {
    const { edges: placed } = await layOut(diagram);
    for (const { edge, points } of placed) expect(points.length, edge.label).toBeGreaterThanOrEqual(2);
  });
});
