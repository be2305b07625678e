import { describe, expect, it } from 'vitest';
import { deriveContract } from '../../contract/contract.ts';
import { parseSettings } from '../../settings/parse.ts';
import { exampleApp } from '../../testing/example-app.ts';
import { containerDefinition, insteadOf } from './definition.ts';
import { secretTexts } from './environment.ts';
import type { ContainerInput } from './input.ts';

const valid = { 'aws:region': 'eu-central-1' };
const settings = parseSettings(valid, 'staging');
const contract = deriveContract(settings, exampleApp);
const secret = (name: string) => ({ arn: `arn:${name}`, valueFrom: `arn:${name}` });

const api: ContainerInput<string> = {
  process: 'api',
  app: exampleApp,
  image: 'repository@sha256:1',
  release: { version: '1.4.0-a', commit: 'c0ffee0' },
  logGroup: '/ecs/api',
  database: {
    host: 'db.internal',
    port: 5432,
    authorities: 'PEM of RDS',
    name: 'app',
    owner: { name: 'postgres', passwordFrom: { arn: 'arn:owner', valueFrom: 'arn:owner:password::' } },
    app: { name: 'app', passwordFrom: secret('app-password') },
  },
  valkey: { host: 'valkey.internal', port: 6379, authorities: 'PEM of AWS', passwordFrom: secret('valkey-password') },
  secrets: { SIGNING_KEY: secret('signing-key') },
  roleSetup: 'set up roles',
  concat: (parts) => parts.join(''),
  contract,
  settings,
};
const worker: ContainerInput<string> = { ...api, process: 'worker' };
const migrate: ContainerInput<string> = { ...api, process: 'migrate' };

const environmentOf = (input: ContainerInput<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(containerDefinition(input).environment.map(({ name, value }) => [name, value]));
const secretsOf = (input: ContainerInput<string>) =>
  containerDefinition(input).secrets.map(({ name, valueFrom }) => `${name} ${valueFrom}`);

describe('the variables of a container', () => {
  it('are those of its manifest, with the values of the environment', () => {
    expect(environmentOf(api)).toEqual({
      CACHE: 'rediss://valkey.internal:6379',
      DRAIN: '5',
      IDLE_SECONDS: '65',
      LOG_FORMAT: 'json',
      NODE_OPTIONS: '--enable-source-maps --max-old-space-size=360 --max-semi-space-size=8',
      PGHOST: 'db.internal',
      PGUSER: 'app',
      POOL: '5',
      PORT: '8080',
      STAGE: 'staging',
    });
    expect(environmentOf(worker)).toMatchObject({ PORT: '9000', JOBS: '4', POOL: '7' });
    expect(environmentOf(migrate)).toEqual({
      APP_ROLE: 'app',
      APP_ROLE_LOGIN: 'password',
      LOG_FORMAT: 'json',
      NODE_OPTIONS: '--enable-source-maps --max-old-space-size=360 --max-semi-space-size=8',
      PGHOST: 'db.internal',
      PGUSER: 'postgres',
      STAGE: 'staging',
    });
  });

  it('are not set where the environment has no value for them', () => {
    const { CACHE, ...others } = environmentOf(api);

    expect(environmentOf({ ...api, valkey: undefined })).toEqual(others);
    expect(CACHE).toBeDefined();
    expect(secretsOf({ ...api, valkey: undefined })).not.toContainEqual(expect.stringContaining('CACHE'));
  });

  it('have the value of the stack file where it sets one', () => {
    const own = parseSettings({ ...valid, 'app:LOG_FORMAT': 'text' }, 'staging');

    expect(environmentOf({ ...api, settings: own })['LOG_FORMAT']).toBe('text');
  });

  it('lead to the proxy, except for the release command', () => {
    const database = { ...api.database, app: { ...api.database.app, proxyHost: 'proxy.internal' } };

    expect(environmentOf({ ...api, database })['PGHOST']).toBe('proxy.internal');
    expect(environmentOf({ ...migrate, database })['PGHOST']).toBe('db.internal');
  });

  it('have no password of the app where it logs in by IAM', () => {
    const byIam = parseSettings({ ...valid, databaseAuthentication: 'iam' }, 'staging');
    const input = { ...api, settings: byIam, database: { ...api.database, app: { name: 'app' } } };

    expect(secretsOf(input).join()).not.toContain('PGPASSWORD');
    expect(secretsOf({ ...input, process: 'migrate' })).toEqual(['PGPASSWORD arn:owner:password::']);
    expect(environmentOf({ ...input, process: 'migrate' })['APP_ROLE_LOGIN']).toBe('iam');
  });

  it('are sorted, so that their order never makes another task definition', () => {
    const names = containerDefinition(api).environment.map(({ name }) => name);

    expect(names).toEqual(names.toSorted());
  });

  it('have secrets as references only, each container those that it needs', () => {
    expect(secretsOf(api)).toEqual([
      'SIGNING_KEY arn:signing-key',
      'PGPASSWORD arn:app-password',
      'CACHE_PASSWORD arn:valkey-password',
    ]);
    expect(secretsOf(worker)).toEqual(['PGPASSWORD arn:app-password', 'CACHE_PASSWORD arn:valkey-password']);
    expect(secretsOf(migrate)).toEqual(['PGPASSWORD arn:owner:password::', 'APP_ROLE_PASSWORD arn:app-password']);
    const plain = [api, worker, migrate].flatMap((input) => Object.keys(environmentOf(input)));
    expect(plain.filter((name) => /PASSWORD|KEY/.test(name))).toEqual([]);
  });
});

describe('an app whose roles the stack sets up', () => {
  const { databaseAccess: _own, ...app } = exampleApp;
  const tables = { name: 'app_owner', passwordFrom: { ...secret('tables-password'), text: 'tables-secret' } };
  const rows = { name: 'app', passwordFrom: { ...secret('app-password'), text: 'rows-secret' } };
  const database = { ...api.database, tables, app: rows };
  const withUrl = { ...app, variables: { URL: 'postgres://{database.user}:{database.password}@{database.host}/x' } };
  const input = { ...api, app: withUrl, database };

  it('has a program before its release command, which alone knows the owner', () => {
    const definition = containerDefinition({ ...input, process: 'migrate' });

    expect(definition.command).toEqual(['node', '-e', 'set up roles', 'npm', 'run', 'migrate']);
    expect(environmentOf({ ...input, process: 'migrate' })).toMatchObject({
      PGUSER: 'app_owner',
      STACK_ROLES_OWNER: 'postgres',
      STACK_ROLES_TABLES: 'app_owner',
      STACK_ROLES_ROWS: 'app',
    });
    expect(secretsOf({ ...input, process: 'migrate' })).toEqual(
      expect.arrayContaining([
        'PGPASSWORD arn:tables-password',
        'STACK_ROLES_OWNER_PASSWORD arn:owner:password::',
        'STACK_ROLES_TABLES_PASSWORD arn:tables-password',
        'STACK_ROLES_ROWS_PASSWORD arn:app-password',
      ]),
    );
    expect(JSON.stringify(containerDefinition(input))).not.toContain('STACK_ROLES');
  });

  it('gets a text with a secret in it as a secret of its own', () => {
    expect(secretTexts(input)).toEqual({ URL: 'postgres://app:rows-secret@db.internal/x' });
    expect(secretTexts({ ...input, process: 'migrate' })).toEqual({
      URL: 'postgres://app_owner:tables-secret@db.internal/x',
    });
    expect(secretsOf({ ...input, composed: { URL: secret('api-url') } })).toContain('URL arn:api-url');
    expect(JSON.stringify(containerDefinition(input))).not.toContain('rows-secret');
  });

  it('has one role for all where its processes change the schema', () => {
    const alone = { ...input, database: { ...database, app: tables } };

    expect(environmentOf(alone)['PGUSER']).toBe('app_owner');
    expect(environmentOf({ ...alone, process: 'migrate' })).not.toHaveProperty('STACK_ROLES_ROWS');
  });
});

it('another program in the place of a command gets what a shell prepares for it', () => {
  const app = {
    ...exampleApp,
    variables: { NODE_EXTRA_CA_CERTS: '{authorities.file}', NODE_OPTIONS: '{image} {node.heap}' },
  };
  const { command } = containerDefinition({ ...api, app });
  expect(command[2]).toContain('stack-authorities.pem');
  expect(insteadOf(command, ['node', 'other.js'])).toEqual([...command.slice(0, 4), 'node', 'other.js']);
  expect(insteadOf(['node', 'main.js'], ['node', 'other.js'])).toEqual(['node', 'other.js']);
});

it('a container that wants the authorities in a file starts with a shell that becomes its command', () => {
  const app = { ...exampleApp, variables: { NODE_EXTRA_CA_CERTS: '{authorities.file}' } };
  const definition = containerDefinition({ ...api, app });

  expect(definition.command).toEqual([
    '/bin/sh',
    '-c',
    expect.stringContaining('exec "$@"'),
    'sh',
    'node',
    'server.js',
  ]);
  expect(environmentOf({ ...api, app })).toMatchObject({
    NODE_EXTRA_CA_CERTS: '/tmp/stack-authorities.pem',
    STACK_AUTHORITIES: 'PEM of RDS\nPEM of AWS',
  });
});

it('a variable that the image has too is put behind the value of the image', () => {
  const app = { ...exampleApp, variables: { NODE_OPTIONS: '{image} {node.heap}', APP_VERSION: '{release.version}' } };
  const { command } = containerDefinition({ ...api, app });

  expect(command.slice(0, 4)).toEqual([
    '/bin/sh',
    '-c',
    'export NODE_OPTIONS="${NODE_OPTIONS-}${STACK_AFTER_NODE_OPTIONS-}" && exec "$@"',
    'sh',
  ]);
  expect(environmentOf({ ...api, app })).toMatchObject({
    APP_VERSION: '1.4.0-a',
    STACK_AFTER_NODE_OPTIONS: expect.stringMatching(/^ --max-old-space-size=\d+ /),
  });
  expect(environmentOf({ ...api, app })).not.toHaveProperty('NODE_OPTIONS');
});

describe('a container', () => {
  it.each([
    ['api', api],
    ['migrate', migrate],
  ] as const)('%s is limited, unprivileged and stopped in time', (_name, input) => {
    expect(containerDefinition(input)).toMatchObject({
      memory: 512,
      stopTimeout: 35,
      user: '10001:10001',
      readonlyRootFilesystem: true,
      linuxParameters: {
        initProcessEnabled: true,
        tmpfs: [{ containerPath: '/tmp', size: 32, mountOptions: ['mode=1777', 'nosuid', 'nodev'] }],
      },
      essential: true,
    });
  });

  it('runs the command of its process', () => {
    expect(containerDefinition(api).command).toEqual(['node', 'server.js']);
    expect(containerDefinition(migrate).command).toEqual(['npm', 'run', 'migrate']);
  });

  it('that serves has a port, and a check of its liveness by the app’s program or the stack’s', () => {
    expect(containerDefinition(worker)).toMatchObject({
      portMappings: [{ containerPort: 9000, protocol: 'tcp' }],
      healthCheck: { command: ['CMD', '/bin/probe', '/alive'], interval: 10, timeout: 5, retries: 3, startPeriod: 60 },
    });
    const { healthCheck } = containerDefinition(api);
    expect(healthCheck?.command).toEqual(['CMD', 'node', '-e', expect.stringContaining('port: 8080'), '/healthz']);
  });

  it('has the folders of its manifest, whose memory the heap does not have', () => {
    const app = { ...exampleApp, folders: { '/srv/uploads': 64 } };
    const input = { ...api, app, contract: deriveContract(settings, app) };

    expect(containerDefinition(input).linuxParameters.tmpfs).toMatchObject([
      { containerPath: '/tmp', size: 32 },
      { containerPath: '/srv/uploads', size: 64 },
    ]);
    expect(environmentOf(input)['NODE_OPTIONS']).toContain(`--max-old-space-size=${360 - 64} `);
  });

  it('that serves nothing has neither', () => {
    const silent = { ...exampleApp, processes: { ...exampleApp.processes, worker: { command: ['node', 'jobs.js'] } } };
    for (const input of [migrate, { ...worker, app: silent }]) {
      expect(containerDefinition(input)).not.toHaveProperty('portMappings');
      expect(containerDefinition(input)).not.toHaveProperty('healthCheck');
    }
  });
});
