import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deriveContract } from '../contract/contract.ts';
import { settingsByKey } from '../settings/keys/all.ts';
import { parseSettings } from '../settings/parse.ts';
import { exampleApp } from '../testing/example-app.ts';
import { fixtureProject } from '../testing/graph-of.ts';
import { StackFileError } from './stack-file-error.ts';
import { readConfig, readProjectFile, readStackConfig, readStackFile } from './stack-files.ts';

const projectDirectory = dirname(dirname(import.meta.dirname));
const declared = readProjectFile(projectDirectory).config;

const { api } = exampleApp.processes;
/** Tolerates an outage by itself, as prod relies on. */
const patientApp = {
  ...exampleApp,
  processes: {
    ...exampleApp.processes,
    api: { ...api, variables: { ...api.variables, READY_GRACE: '{readyGraceSeconds}' } },
  },
};

function readSettings(directory: string, environment: string) {
  const { project, config, secretKeys } = readStackConfig(directory, environment);
  return parseSettings(config, environment, { project, secretKeys });
}

describe('Pulumi.yaml', () => {
  it('declares the settings that exist, in their order', () => {
    expect(Object.keys(declared)).toEqual([...settingsByKey.keys()]);
  });

  it.each([...settingsByKey])('declares %s as it is', (key, { facts }) => {
    expect(declared[key]).toEqual({
      type: facts.type,
      description: facts.description,
      default: String(facts.default ?? ''),
    });
  });
});

describe.each(['staging', 'prod'])('Pulumi.%s.yaml of the tests', (environment) => {
  it('can be used, and keeps the contract', () => {
    const settings = readSettings(fixtureProject, environment);

    expect(() => deriveContract(settings, patientApp)).not.toThrow();
  });

  it('lets a request of 15 s finish when its task is stopped', () => {
    const contract = deriveContract(readSettings(fixtureProject, environment), patientApp);

    expect(contract.requestTimeoutSeconds).toBeGreaterThan(15);
    expect(contract.shutdownTimeoutSeconds).toBeGreaterThan(contract.drainDelaySeconds + 15);
    expect(contract.stopTimeoutSeconds).toBeGreaterThan(contract.shutdownTimeoutSeconds);
  });

  it('has nothing that the other environment has not', () => {
    const other = environment === 'staging' ? 'prod' : 'staging';
    // Prod's database outgrows the default of its storage, and prod promotes; staging does neither.
    const onlyProd = ['databaseStorageGiB', 'databaseMaxStorageGiB', 'promoteFrom'].map((key) => `nest-fargate:${key}`);
    const missing = Object.keys(readStackFile(fixtureProject, environment)).filter(
      (key) => !(key in readStackFile(fixtureProject, other)),
    );

    expect(missing).toEqual(environment === 'prod' ? onlyProd : []);
  });
});

describe('prod', () => {
  const prod = readSettings(fixtureProject, 'prod');

  it('refuses to be deleted and keeps its data', () => {
    expect(prod.deletionProtection).toBe(true);
    expect(prod.database.finalSnapshot).toBe(true);
    expect(prod.database.multiAz).toBe(true);
  });

  it('runs what was promoted', () => {
    expect(prod.release.source).toBe('promoted');
  });
});

/** A project directory with these files; `nest-fargate` is its name unless it has a Pulumi.yaml of its own. */
function project(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'stack-file-'));
  for (const [name, text] of Object.entries({ 'Pulumi.yaml': 'name: nest-fargate\n', ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

describe('a stack file as people write it', () => {
  const read = (text: string) => () => readStackFile(project({ 'Pulumi.test.yaml': text }), 'test');

  it.each([
    ['empty, as a new stack has it', '', {}],
    ['with the salt of its secrets only', 'encryptionsalt: v1:abc\n', {}],
    [
      'with a structured value',
      'config:\n  aws:defaultTags:\n    tags: { team: api }\n',
      { 'aws:defaultTags': '{"tags":{"team":"api"}}' },
    ],
    ['with an encrypted value', 'config:\n  a:b:\n    secure: v1:xyz\n', { 'a:b': '<encrypted>' }],
    [
      'with a role to assume',
      'config:\n  aws:profile: team\n  aws:assumeRole:\n    roleArn: arn:aws:iam::123456789012:role/deploy\n',
      { 'aws:profile': 'team', 'aws:assumeRole': '{"roleArn":"arn:aws:iam::123456789012:role/deploy"}' },
    ],
    [
      'with a structured value that holds a secret',
      'config:\n  aws:assumeRole:\n    externalId:\n      secure: v1:xyz\n',
      { 'aws:assumeRole': '{"externalId":{"secure":"v1:xyz"}}' },
    ],
    ['with tags of the stack', 'config:\n  pulumi:tags:\n    team: api\n', { 'pulumi:tags': '{"team":"api"}' }],
    ['with a key without a namespace', 'config:\n  apiMemoryMiB: 1024\n', { 'nest-fargate:apiMemoryMiB': '1024' }],
    ['with a key in the older form', 'config:\n  aws:config:region: eu-west-1\n', { 'aws:region': 'eu-west-1' }],
    ['with a key without a value', 'config:\n  nest-fargate:alarmEmail:\n', { 'nest-fargate:alarmEmail': '' }],
    [
      'with anchors and merge keys',
      'x: &common\n  a:b: 1\nconfig:\n  <<: *common\n  a:c: 2\n',
      { 'a:b': '1', 'a:c': '2' },
    ],
    ['with a byte-order mark', '\uFEFFconfig:\n  a:b: 1\n', { 'a:b': '1' }],
  ])('%s is read', (_name, text, config) => {
    expect(read(text)()).toEqual(config);
  });

  it.each([
    [
      'the same key twice',
      'config:\n  a:b: 1\n  a:b: 2\n',
      /^Pulumi\.test\.yaml is not valid YAML: Map keys must be unique at line 3/,
    ],
    ['a list instead of a map', 'config:\n  - 1\n', /^Pulumi\.test\.yaml is not a valid Pulumi file:\n/],
  ])('%s is refused', (_name, text, message) => {
    expect(read(text)).toThrow(StackFileError);
    expect(read(text)).toThrow(message);
  });
});

describe('a project file as people write it', () => {
  const stack = 'config:\n  nest-fargate:vpcCidr: 10.9.0.0/16\n';
  const read = (text: string, stackText = stack) =>
    readConfig(project({ 'Pulumi.yaml': `name: nest-fargate\n${text}`, 'Pulumi.test.yaml': stackText }), 'test');
  const vpcCidr = { 'nest-fargate:vpcCidr': '10.9.0.0/16' };

  it.each([
    ['without configuration', '', vpcCidr],
    [
      'with a default',
      'config:\n  logLevel: { type: string, description: x, default: warn }\n',
      {
        'nest-fargate:logLevel': 'warn',
        ...vpcCidr,
      },
    ],
    [
      'with a declaration without description and type',
      'config:\n  logLevel: { default: warn }\n',
      {
        'nest-fargate:logLevel': 'warn',
        ...vpcCidr,
      },
    ],
    ['with a declaration without default', 'config:\n  logLevel: { type: string }\n', vpcCidr],
    ['with a default that the stack overrides', 'config:\n  vpcCidr: { default: 10.1.0.0/16 }\n', vpcCidr],
    [
      'with a value for all stacks',
      'config:\n  aws:region: { value: eu-west-1 }\n',
      {
        'aws:region': 'eu-west-1',
        ...vpcCidr,
      },
    ],
    [
      'with a structured value for all stacks',
      'config:\n  aws:defaultTags: { value: { tags: { team: api } } }\n',
      {
        'aws:defaultTags': '{"tags":{"team":"api"}}',
        ...vpcCidr,
      },
    ],
    [
      'with tags for all stacks',
      'config:\n  pulumi:tags: { value: { team: api } }\n',
      {
        'pulumi:tags': '{"team":"api"}',
        ...vpcCidr,
      },
    ],
    [
      'in the short form',
      'config:\n  aws:region: eu-west-1\n  logLevel: warn\n  aws:allowedAccountIds: ["1"]\n',
      {
        'aws:region': 'eu-west-1',
        'nest-fargate:logLevel': 'warn',
        'aws:allowedAccountIds': '["1"]',
        ...vpcCidr,
      },
    ],
    [
      'with its own namespace',
      'config:\n  nest-fargate:logLevel: { default: warn }\n',
      {
        'nest-fargate:logLevel': 'warn',
        ...vpcCidr,
      },
    ],
    [
      'with a secret',
      'config:\n  token: { type: string, secret: true, default: x }\n',
      {
        'nest-fargate:token': 'x',
        ...vpcCidr,
      },
    ],
  ])('%s is read', (_name, text, config) => {
    expect(read(text)).toEqual(config);
  });

  it('yields to the stack for a value of all stacks', () => {
    const config = read('config:\n  aws:region: { value: eu-west-1 }\n', 'config:\n  aws:region: us-east-1\n');

    expect(config).toEqual({ 'aws:region': 'us-east-1' });
  });

  it.each(['stackConfigDir: stacks\n', 'config: stacks\n'])('says where the stack files are: %j', (text) => {
    const directory = project({ 'Pulumi.yaml': `name: nest-fargate\n${text}`, 'stacks/Pulumi.test.yaml': stack });

    expect(readConfig(directory, 'test')).toEqual(vpcCidr);
  });

  it('without a name is refused', () => {
    expect(() => readConfig(project({ 'Pulumi.yaml': 'runtime: nodejs\n', 'Pulumi.test.yaml': '' }), 'test')).toThrow(
      /^Pulumi\.yaml is not a valid Pulumi file:\n/,
    );
  });
});

describe('a setting under another namespace', () => {
  const renamed = (files: Readonly<Record<string, string>>) => () => readSettings(project(files), 'test');

  it('is refused when the project was renamed', () => {
    const text = 'config:\n  aws:region: eu-central-1\n  nest-fargate:deletionProtection: true\n';

    expect(renamed({ 'Pulumi.yaml': 'name: todo-api\n', 'Pulumi.test.yaml': text })).toThrow(
      '  nest-fargate:deletionProtection is "true", under the namespace nest-fargate\n    It must be under the namespace todo-api,',
    );
  });

  it('is refused in Pulumi.yaml as well', () => {
    const text =
      'name: todo-api\nconfig:\n  aws:region: { value: eu-central-1 }\n  nest-fargate:logLevel: { value: warn }\n';

    expect(renamed({ 'Pulumi.yaml': text, 'Pulumi.test.yaml': '' })).toThrow('nest-fargate:logLevel is "warn"');
  });
});
