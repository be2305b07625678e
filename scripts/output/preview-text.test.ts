import { describe, expect, it } from 'vitest';
import { timelineOf } from '../../infra/contract/timeline.ts';
import type { RecordedResource } from '../../infra/graph/record.ts';
import { plain } from './paint.ts';
import { groupByComponent, shortType } from './preview-document.ts';
import { numberRows, renderPreview, renderPreviewSummary } from './preview-text.ts';

const stack = 'urn::stack';
function resource(type: string, name: string, parent: string | undefined, custom = true): RecordedResource {
  return {
    type,
    name,
    urn: `urn::${type}::${name}`,
    dependencies: [],
    custom,
    inputs: {},
    protect: false,
    ignoreChanges: [],
    ...(parent === undefined ? {} : { parent }),
  };
}

describe('groupByComponent', () => {
  it('puts each resource under the component of the first level, components of components too', () => {
    const root = { ...resource('pulumi:pulumi:Stack', 'x-staging', undefined, false), urn: stack };
    const service = resource('stack:infra:Service', 'api', stack, false);
    const task = resource('stack:infra:Task', 'api', service.urn, false);
    const network = resource('stack:infra:Network', 'network', stack, false);
    expect(
      groupByComponent([
        root,
        service,
        task,
        network,
        resource('aws:ecs/service:Service', 'api', service.urn),
        resource('aws:iam/role:Role', 'api-task', task.urn),
        resource('awsx:ec2:Vpc', 'network', network.urn, false),
      ]),
    ).toEqual([
      {
        name: 'api',
        resources: [
          { type: 'ecs Service', name: 'api' },
          { type: 'iam Role', name: 'api-task' },
        ],
      },
      { name: 'network', resources: [{ type: 'awsx ec2 Vpc', name: 'network' }] },
    ]);
  });
});

describe('shortType', () => {
  it.each([
    ['aws:rds/instance:Instance', 'rds Instance'],
    ['docker:index/image:Image', 'docker Image'],
    ['pulumi-nodejs:dynamic/stack:MigrationRun', "program's own MigrationRun"],
    ['awsx:ec2:Vpc', 'awsx ec2 Vpc'],
  ])('of %s is %s', (type, short) => {
    expect(shortType(type)).toBe(short);
  });
});

describe('numberRows', () => {
  it('names numbers in words, with their units', () => {
    const numbers = {
      stopTimeoutSeconds: 35,
      api: { taskMemoryMiB: 512, poolSize: 8 },
      readiness: { path: '/ready', dependencyTimeoutMs: 2000 },
      minimumHealthyPercent: 100,
    };
    expect(numberRows(numbers)).toEqual([
      ['stop timeout', '35 s'],
      ['api: task memory', '512 MiB'],
      ['api: pool size', '8'],
      ['readiness: path', '/ready'],
      ['readiness: dependency timeout', '2000 ms'],
      ['minimum healthy', '100 %'],
    ]);
  });
});

const boot = { name: 'boot', seconds: 60, basis: 'limit', setting: 'slowestBootSeconds' } as const;
const stop = { name: 'stop', seconds: 5, basis: 'settings', setting: 'drainDelaySeconds' } as const;
const drain = { name: 'drain', seconds: 25, basis: 'settings', setting: 'longestRequestSeconds' } as const;
const here = { rollout: timelineOf([boot, stop]), rollback: timelineOf([boot, stop]) };
const timelines = {
  here,
  aws: {
    rollout: timelineOf([boot, drain, stop]),
    rollback: timelineOf([boot, drain, stop]),
    defaults: timelineOf([boot, { name: 'drain', seconds: 300, basis: 'platform' }]),
  },
};

describe('renderPreview', () => {
  const document = {
    release: {
      version: '0.1.0-abc',
      commit: 'c0ffee',
      migrations: [{ name: '0-create', kind: 'expand' as const }],
      pinned: false,
    },
    counts: { resources: 1, components: 1 },
    components: [{ name: 'api', resources: [{ type: 'ecs Service', name: 'api' }] }],
    contract: { numbers: { port: 3000 }, checks: [{ id: 'C4', rule: '2 s <= stop timeout', found: '35 s' }] },
    existing: [],
    unrealised: ['alarms: 11'],
    missingSecrets: [],
    cost: '$61.00 a month',
    timelines,
  };

  it('has release, components, numbers, rules, and what the target leaves out', () => {
    expect(renderPreview(document, plain).split('\n')).toEqual([
      'Release',
      '  0.1.0-abc, commit c0ffee, built from this work tree, once',
      '  migration 0-create (expand)',
      '',
      'api (1)',
      '  ecs Service  api',
      '',
      'Numbers of the contract',
      '  number  value',
      '  port    3000',
      '',
      'Contract: 1 rules hold',
      '  ✓ C4: 2 s <= stop timeout (35 s)',
      '',
      'Cost on AWS',
      '  $61.00 a month; `stack cost` itemises it',
      '',
      'Timeline',
      '  PHASE         HERE         ROLLOUT ON AWS  ROLLBACK ON AWS  DEFAULTS OF ECS AND ALB  DECIDED BY',
      '  boot          ≤ 1 min 0 s  ≤ 1 min 0 s     ≤ 1 min 0 s      ≤ 1 min 0 s              slowestBootSeconds',
      '  drain         –            25.0 s          25.0 s           5 min 0 s                longestRequestSeconds',
      '  stop          5.0 s        5.0 s           5.0 s            –                        drainDelaySeconds',
      '  serves after  ≤ 1 min 0 s  ≤ 1 min 0 s     ≤ 1 min 0 s      ≤ 1 min 0 s',
      '  done after    ≤ 1 min 5 s  ≤ 1 min 30 s    ≤ 1 min 30 s     ≤ 6 min 0 s',
      '  The setting that costs most is longestRequestSeconds: 25.0 s.',
      '',
      'Declared, not realised on this target',
      '  alarms: 11',
    ]);
  });

  it('says what exists, and is not created', () => {
    const existing = [{ key: 'existingVpcId', what: 'VPC', id: 'vpc-0a1b2c3d', notOurs: 'routes' }];

    expect(renderPreview({ ...document, existing }, plain)).toContain(
      'Existing: used, but not created, changed or deleted\n  VPC vpc-0a1b2c3d, with its routes\n',
    );
    expect(renderPreviewSummary({ ...document, existing }, plain, 200)).toMatch(
      /^existing +VPC vpc-0a1b2c3d: not created, changed or deleted$/m,
    );
  });

  it('says what would change, where the platform was asked', () => {
    expect(renderPreview({ ...document, changes: [] }, plain)).toMatch(/\n\nWould change\n {2}nothing$/);
  });
});

describe('renderPreviewSummary', () => {
  const component = (name: string, count: number) => ({
    name,
    resources: Array.from({ length: count }, (_, index) => ({ type: 'ec2 Subnet', name: `${name}-${index}` })),
  });
  const components = Array.from({ length: 15 }, (_, index) => component(`component-${index}`, 8));
  const document = {
    release: {
      version: '0.1.0-abc',
      commit: 'c0ffee',
      migrations: [
        { name: '0-create', kind: 'expand' as const },
        { name: '1-drop', kind: 'contract' as const },
      ],
      pinned: true,
    },
    counts: { resources: 120, components: 15 },
    components,
    contract: { numbers: { port: 3000 }, checks: [{ id: 'C4', rule: '2 s <= stop timeout', found: '35 s' }] },
    existing: [],
    unrealised: ['alarms: 11'],
    missingSecrets: [],
    cost: '$61.00 a month',
    timelines,
  };
  const change = (symbol: string) => (_: unknown, index: number) => `${symbol} api › ecs/Service api-${index}`;
  const many = (symbol: string, length: number) => Array.from({ length }, change(symbol));

  it('says what it comes to', () => {
    const rollback = {
      after: '0.1.0-abc',
      outlook: { value: { to: '0.0.9-def', time: { seconds: 8, atMost: false } } },
    };
    const lines = renderPreviewSummary({ ...document, rollback, components: [component('api', 2)] }, plain).split('\n');
    expect(lines).toEqual([
      'release      0.1.0-abc, commit c0ffee, pinned: not built',
      'migrations   2, of them contract: 1-drop',
      'resources    120 in 15 components: api 2',
      'contract     1 rules hold',
      'cost on AWS  $61.00 a month',
      'rollout      ≤ 1 min 5 s here, ≤ 1 min 30 s on AWS; longestRequestSeconds costs',
      '             most: 25.0 s',
      'rollback     after 0.1.0-abc: to 0.0.9-def, in about 8.0 s',
      'not here     this target does not realise 1 of what the program declares',
    ]);
  });

  it('fits a screen of 80 × 24, however much would change, and names what ends', () => {
    const changes = [...many('+', 40), ...many('~', 200), ...many('±', 3), ...many('-', 20)];
    const lines = renderPreviewSummary({ ...document, changes }, plain).split('\n');
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toContain('changes      263 (+ 40, ~ 200, ± 3, - 20)');
    expect(lines.slice(-7)).toEqual([
      'Replaced or deleted',
      '  ± api › ecs/Service api-0',
      '  ± api › ecs/Service api-1',
      '  ± api › ecs/Service api-2',
      '  - api › ecs/Service api-0',
      '  - api › ecs/Service api-1',
      '  and 18 more',
    ]);
  });

  it('says that nothing would change', () => {
    expect(renderPreviewSummary({ ...document, changes: [] }, plain)).toMatch(/\nchanges +none$/);
  });
});
