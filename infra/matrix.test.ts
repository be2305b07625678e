import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from './graph/evaluate.ts';
import type { Graph } from './graph/record.ts';
import { rules } from './policy/rules.ts';
import { settingsByKey } from './settings/keys/all.ts';
import { allPairs, type Factors, type Level, type Row } from './testing/all-pairs.ts';
import { fixtureProject } from './testing/graph-of.ts';

type Config = Readonly<Record<string, string>>;

/** Everything that switches resources on or off, or to others: by factor, and by level what the stack file says. */
const switches: Readonly<Record<string, Readonly<Record<string, Config>>>> = {
  environment: { staging: {}, prod: {} },
  ...choices({
    natGateways: ['none', 'single', 'per-zone'],
    vpcEndpoints: ['none', 's3', 'all'],
    flowLogs: ['off', 'rejected', 'all'],
    availabilityZones: ['2', '3'],
    databaseMultiAz: ['false', 'true'],
    databaseFinalSnapshot: ['false', 'true'],
    databaseAuthentication: ['password', 'iam'],
    databaseProxy: ['false', 'true'],
    registryRetained: ['false', 'true'],
    cpuArchitecture: ['X86_64', 'ARM64'],
    valkeyReplicas: ['0', '1'],
    deploymentStrategy: ['rolling', 'blue-green', 'canary'],
    spotPercent: ['0', '50', '100'],
    ecsExec: ['false', 'true'],
    firewall: ['off', 'count', 'block'],
    syntheticCheck: ['false', 'true'],
    deletionProtection: ['false', 'true'],
    containerInsights: ['disabled', 'enabled', 'enhanced'],
    encryption: ['aws-managed', 'customer-managed'],
  }),
  releaseSource: {
    build: { releaseSource: 'build', promoteFrom: '' },
    promoted: { releaseSource: 'promoted', promoteFrom: 'staging' },
  },
  jobs: {
    none: { valkey: 'off', worker: 'off' },
    cache: { valkey: 'on', worker: 'off' },
    worker: { valkey: 'on', worker: 'on' },
  },
  domain: { none: {}, own: { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' } },
  night: { works: {}, stops: { stopTasksAt: '20:00', startTasksAt: '07:00' } },
  mail: {
    logged: {},
    sent: {
      mailFrom: 'app@example.com',
      mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
    },
  },
  tracing: {
    none: {},
    collected: { collectorImage: `public.ecr.aws/aws-observability/aws-otel-collector@sha256:${'1'.repeat(64)}` },
  },
  alarms: {
    silent: {},
    mailed: { alarmEmail: 'ops@example.com' },
    toSlack: { alarmSlackTeamId: 'T07EA123LEP', alarmSlackChannelId: 'C07EZ1ABC23' },
  },
  pulling: { alone: {}, shared: { imagePullAccountIds: '123456789012' } },
  delivery: {
    byHand: {},
    byGithub: { githubRepository: 'example/api', stateBucket: 'example-state' },
    withProvider: {
      githubRepository: 'example/api',
      githubOidcProviderArn: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
    },
    forPullRequests: { githubRepository: 'example/api', pullRequestRole: 'true' },
  },
};

/** What the settings refuse, two at a time, which of the two they complain about, and what that asks for besides. */
const refused: readonly (readonly [Level, Level, string, Config])[] = [
  [at('natGateways', 'none'), at('vpcEndpoints', 'none'), 'vpcEndpoints', {}],
  [at('natGateways', 'none'), at('vpcEndpoints', 's3'), 'vpcEndpoints', {}],
  [at('natGateways', 'none'), at('mail', 'sent'), 'natGateways', { vpcEndpoints: 'all' }],
  [at('natGateways', 'none'), at('tracing', 'collected'), 'natGateways', { vpcEndpoints: 'all' }],
  [at('databaseAuthentication', 'iam'), at('databaseProxy', 'true'), 'databaseProxy', {}],
  [at('natGateways', 'none'), at('delivery', 'forPullRequests'), 'pullRequestRole', { vpcEndpoints: 'all' }],
  [at('deploymentStrategy', 'blue-green'), at('containerInsights', 'disabled'), 'containerInsights', {}],
  [at('deploymentStrategy', 'canary'), at('containerInsights', 'disabled'), 'containerInsights', {}],
  [at('night', 'stops'), at('syntheticCheck', 'true'), 'syntheticCheck', {}],
];

/** Settings of few values that change a number or a word in what is there anyway, or nothing on AWS. */
const elsewhere: readonly string[] = [
  'databaseInstanceClass',
  'valkeyNodeType',
  'apiCpuUnits',
  'workerCpuUnits',
  'logLevel',
  'plainHttp',
  'skipBakes',
  'logRetentionDays',
  // Read by target local alone.
  'localEmulator',
];

function choices(values: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, levels]) => [
      key,
      Object.fromEntries(levels.map((level) => [level, { [key]: level }])),
    ]),
  );
}

function at(factor: string, level: string): Level {
  return { factor, level };
}

const same = (a: Level, b: Level) => a.factor === b.factor && a.level === b.level;
const excluded = (a: Level, b: Level) =>
  refused.some(([one, other]) => (same(a, one) && same(b, other)) || (same(a, other) && same(b, one)));
const factors: Factors = Object.fromEntries(
  Object.entries(switches).map(([name, levels]) => [name, Object.keys(levels)]),
);
const rows = allPairs(factors, excluded);

function configOf(row: Row): Config {
  const levels = Object.entries(row).map(([factor, level]) => switches[factor]?.[level]);
  // Room in the database for the tasks of whatever comes together here.
  return Object.assign({ databaseInstanceClass: 'db.t4g.medium' }, ...levels);
}

const evaluateRow = (row: Row) =>
  evaluate(row['environment'] ?? 'staging', { projectDirectory: fixtureProject, config: configOf(row) });

describe('the matrix of settings', () => {
  it('has every setting of few values, or knows why not', () => {
    const listed = new Set(Object.values(switches).flatMap((levels) => Object.values(levels).flatMap(Object.keys)));
    const few = [...settingsByKey.values()]
      .filter(({ facts }) => /^(one of|true or false)/.test(facts.rule))
      .map(({ key }) => key);

    expect(few.filter((key) => !listed.has(key) && !elsewhere.includes(key))).toEqual([]);
  });

  it('brings every two of them together that go together', () => {
    const met = (a: Level, b: Level) => rows.some((row) => row[a.factor] === a.level && row[b.factor] === b.level);
    const levels = Object.entries(factors).flatMap(([factor, values]) => values.map((level) => at(factor, level)));
    const missing = levels.flatMap((a) =>
      levels.filter((b) => a.factor < b.factor && !excluded(a, b) && !met(a, b)).map((b) => [a, b]),
    );

    expect(missing).toEqual([]);
    expect(rows.length).toBeLessThan(40);
  });

  it.each(refused)('%j and %j are refused by name', async (a, b, key, besides) => {
    const config = { ...besides, ...switches[a.factor]?.[a.level], ...switches[b.factor]?.[b.level] };

    await expect(evaluate('staging', { projectDirectory: fixtureProject, config })).rejects.toThrow(
      new RegExp(`^1 setting of staging is invalid:\n {2}${key} is `),
    );
  });
});

describe('every combination', () => {
  const graphs: Graph[] = [];

  beforeAll(async () => {
    // The SDK records one program after the other.
    for (const row of rows) graphs.push(await evaluateRow(row));
  }, 300_000);

  it('can be evaluated, and consists of the API and its database at least', () => {
    expect(graphs.length).toBe(rows.length);
    for (const { resources } of graphs) {
      const types = new Set(resources.map(({ type }) => type));
      expect([...types]).toEqual(expect.arrayContaining(['aws:ecs/service:Service', 'aws:rds/instance:Instance']));
    }
  });

  it('has no two resources of one name', () => {
    for (const { resources } of graphs) {
      expect(new Set(resources.map(({ urn }) => urn)).size).toBe(resources.length);
    }
  });

  it('uses only what exists', () => {
    const missing = graphs.flatMap(({ resources }) => {
      const names = new Set(resources.map(({ type, name }) => `${type}::${name}`));
      const used = JSON.stringify(resources.map(({ inputs }) => inputs)).matchAll(/@\{([^{}]+?::[^{}]+?)::[^{}]+?\}/g);
      return [...used].map(([, token = '']) => token).filter((token) => !names.has(token) && !/\/get[A-Z]/.test(token));
    });

    expect(missing).toEqual([]);
  });

  it('breaks no rule of the policy pack', () => {
    const problems = graphs.flatMap(({ resources }) =>
      resources.flatMap(({ type, name, inputs }) =>
        rules.flatMap(({ name: rule, check }) =>
          check({ type, name, inputs }).map((problem) => `${rule}: ${type} ${name}: ${problem}`),
        ),
      ),
    );

    expect([...new Set(problems)]).toEqual([]);
  });
});
