import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { hasPulumi } from '../testing/engine.ts';
import { readConfig, readStackConfig } from './stack-files.ts';

afterEach(() => vi.unstubAllEnvs());

function project(stackFile: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'engine-config-'));
  const declared = 'config:\n  logLevel: { type: string, default: info }\n';
  writeFileSync(join(directory, 'Pulumi.yaml'), `name: nest-fargate\nruntime: nodejs\n${declared}`);
  writeFileSync(join(directory, 'Pulumi.test.yaml'), stackFile);
  return directory;
}

function readSettings(directory: string, environment: string) {
  const { project, config, secretKeys } = readStackConfig(directory, environment);
  return parseSettings(config, environment, { project, secretKeys });
}

/** A CLI that writes down how it is called, and answers as `pulumi config --json` does. */
function cliThat(script: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'pulumi-cli-'));
  const path = join(directory, 'pulumi');
  writeFileSync(path, `#!/bin/sh\necho "$PWD $*" >> ${directory}/calls\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv('STACK_PULUMI_DIR', directory);
  return join(directory, 'calls');
}

const answer = JSON.stringify({
  'aws:region': { value: 'eu-west-1', secret: false },
  'aws:assumeRole': { value: '{"roleArn":"x"}', objectValue: { roleArn: 'x' }, secret: false },
  'nest-fargate:alarmEmail': { value: 'ops@example.com', secret: true },
  'nest-fargate:logLevel': { value: 'warn', secret: false },
});

it('leaves the stack file alone, whatever the CLI writes into the one that it is given', () => {
  cliThat(`for file; do :; done; echo 'encryptionsalt: v1:new' >> "$file"; echo '${answer}'`);
  const text = '# Ours.\n\nenvironment:\n  - app/prod\n';
  const directory = project(text);

  expect(readSettings(directory, 'test')).toMatchObject({ region: 'eu-west-1' });
  expect(readFileSync(join(directory, 'Pulumi.test.yaml'), 'utf8')).toBe(text);
});

describe.each([
  ['a list of ESC environments', 'environment:\n  - app/prod\n'],
  ['an ESC definition', 'environment:\n  imports: [app/prod]\n  values:\n    pulumiConfig: { logLevel: warn }\n'],
  ['a main ESC environment', 'mainEnvironment: app/prod\n'],
])('a stack file with %s', (_name, text) => {
  it('has the values that Pulumi resolves, and asks for them once', () => {
    const calls = cliThat(`echo '${answer}'`);
    const directory = project(text);

    expect(readSettings(directory, 'test')).toMatchObject({
      region: 'eu-west-1',
      logLevel: 'warn',
      observability: { alarmEmail: 'ops@example.com' },
    });
    expect(readConfig(directory, 'test')).toEqual({
      'aws:region': 'eu-west-1',
      'aws:assumeRole': '{"roleArn":"x"}',
      'nest-fargate:alarmEmail': '<encrypted>',
      'nest-fargate:logLevel': 'warn',
    });
    expect(readFileSync(calls, 'utf8')).toMatch(
      /^\S+ config --json --show-secrets --stack test --non-interactive --config-file \S+\/Pulumi.test.yaml\n$/,
    );
  });

  it('is refused when Pulumi cannot resolve them', () => {
    cliThat('echo "error: PULUMI_ACCESS_TOKEN must be set" >&2; exit 255');

    expect(() => readSettings(project(text), 'test')).toThrow(
      'Pulumi.test.yaml takes configuration from ESC environments, which only Pulumi can read, and `pulumi config --json --show-secrets --stack test --non-interactive` failed:\nerror: PULUMI_ACCESS_TOKEN must be set',
    );
  });

  it('is refused when there is no CLI', () => {
    vi.stubEnv('STACK_PULUMI_DIR', mkdtempSync(join(tmpdir(), 'no-cli-')));

    expect(() => readConfig(project(text), 'test')).toThrow(
      'failed:\nThere is no Pulumi CLI on PATH or in STACK_PULUMI_DIR.',
    );
  });
});

describe('a stack file with an encrypted setting', () => {
  const text = 'config:\n  aws:region: eu-west-1\n  nest-fargate:alarmEmail:\n    secure: v1:xyz\n';

  it('has its value, which is marked as secret', () => {
    cliThat(`echo '${answer}'`);
    const { config, secretKeys } = readStackConfig(project(text), 'test');

    expect(config['nest-fargate:alarmEmail']).toBe('ops@example.com');
    expect([...secretKeys]).toEqual(['nest-fargate:alarmEmail']);
  });

  it('does not show it in an error', () => {
    cliThat(`echo '${answer.replace('ops@example.com', 'hunter2')}'`);

    expect(() => readSettings(project(text), 'test')).toThrow('alarmEmail is <secret>');
  });

  it('can be compared and hashed without Pulumi', () => {
    const calls = cliThat('exit 1');

    expect(readConfig(project(text), 'test')['nest-fargate:alarmEmail']).toBe('<encrypted>');
    expect(() => readFileSync(calls)).toThrow('ENOENT');
  });
});

describe.each(['environment: []\n', 'environment:\n'])('a stack file with %j', (text) => {
  it('is read without Pulumi', () => {
    cliThat('exit 1');

    expect(readConfig(project(text), 'test')).toEqual({ 'nest-fargate:logLevel': 'info' });
  });
});

describe('a stack file with a secret of a provider', () => {
  it('is read without Pulumi', () => {
    cliThat('exit 1');
    const text = 'config:\n  aws:region: eu-west-1\n  aws:secretKey:\n    secure: v1:xyz\n';

    expect(readSettings(project(text), 'test').region).toBe('eu-west-1');
  });
});

describe.skipIf(!hasPulumi())('the real CLI (needs the pulumi CLI)', () => {
  function pulumiIn(directory: string) {
    const state = mkdtempSync(join(tmpdir(), 'state-'));
    vi.stubEnv('PULUMI_BACKEND_URL', `file://${state}`);
    vi.stubEnv('PULUMI_CONFIG_PASSPHRASE', 'test');
    vi.stubEnv('PULUMI_HOME', join(state, 'home'));
    const pulumi = (...args: readonly string[]) =>
      execFileSync('pulumi', args, { cwd: directory, stdio: 'pipe', encoding: 'utf8' });
    pulumi('stack', 'init', 'test');
    return pulumi;
  }

  it('gives what a stack file encrypts, and what the project declares', { timeout: 60_000 }, () => {
    const directory = project('');
    const pulumi = pulumiIn(directory);
    pulumi('config', 'set', 'aws:region', 'eu-west-1', '--stack', 'test');
    pulumi('config', 'set', '--secret', 'alarmEmail', 'ops@example.com', '--stack', 'test');

    expect(readStackConfig(directory, 'test')).toEqual({
      project: 'nest-fargate',
      config: {
        'aws:region': 'eu-west-1',
        'nest-fargate:alarmEmail': 'ops@example.com',
        'nest-fargate:logLevel': 'info',
      },
      secretKeys: new Set(['nest-fargate:alarmEmail']),
    });
  });

  it('reads every form of value as the files are read here', { timeout: 60_000 }, () => {
    const directory = project(oddStackFile);
    writeFileSync(join(directory, 'Pulumi.yaml'), oddProjectFile);
    const answer: Record<string, { value: string }> = JSON.parse(
      pulumiIn(directory)('config', '--json', '--stack', 'test'),
    );

    expect(readConfig(directory, 'test')).toEqual(
      Object.fromEntries(Object.entries(answer).map(([key, { value }]) => [key, value])),
    );
  });
});

const oddProjectFile = `name: nest-fargate
runtime: nodejs
config:
  aws:region: eu-west-1
  aws:defaultTags: { value: { tags: { team: api, n: 3 } } }
  aws:allowedAccountIds: ["123456789012"]
  pulumi:tags: { value: { team: api } }
  short: warn
  shortNumber: 12
  shortBoolean: false
  shortList: [a, 1]
  typed: { type: integer, default: 12 }
  untyped: { default: x }
  word: { type: string, default: on }
  list: { type: array, items: { type: string }, default: [a, b] }
  nest-fargate:own: { type: string, default: y }
  overridden: { type: string, default: no }
`;

const oddStackFile = `base: &base
  nest-fargate:anchored: z
config:
  <<: *base
  aws:config:profile: team
  aws:assumeRole: { roleArn: x, tags: { b: 1, a: true } }
  overridden: yes
  plain: 1024
  nest-fargate:float: 1.5
  nest-fargate:whole: 2.0
  nest-fargate:exponent: 1e3
  nest-fargate:hexadecimal: 0x1F
  nest-fargate:account: 012345678901
  nest-fargate:octal: 0755
  nest-fargate:grouped: 1_000
  nest-fargate:time: 20:00
  nest-fargate:date: 2026-01-02
  nest-fargate:nothing:
  nest-fargate:null: null
  nest-fargate:tilde: ~
  nest-fargate:empty: ""
  nest-fargate:boolean: true
  nest-fargate:Boolean: True
  nest-fargate:off: off
`;
