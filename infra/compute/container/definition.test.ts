import { describe, expect, it } from 'vitest';
import { apiVariableNames, migrateVariableNames, workerVariableNames } from '../../../app/src/env/env.ts';
import { deriveContract } from '../../contract/contract.ts';
import { parseSettings } from '../../settings/parse.ts';
import { containerDefinition } from './definition.ts';
import type { ContainerInput } from './input.ts';

const valid = { 'aws:region': 'eu-central-1' };
const settings = parseSettings(valid, 'staging');
const contract = deriveContract(settings);
const secret = (name: string) => ({ arn: `arn:${name}`, valueFrom: `arn:${name}` });

const api: ContainerInput<string> = {
  process: 'api',
  image: 'repository@sha256:1',
  logGroup: '/ecs/api',
  database: {
    host: 'db.internal',
    port: 5432,
    name: 'app',
    owner: { name: 'postgres', passwordFrom: { arn: 'arn:owner', valueFrom: 'arn:owner:password::' } },
    app: { name: 'app', passwordFrom: secret('app-password') },
  },
  valkey: { host: 'valkey.internal', port: 6379, passwordFrom: secret('valkey-password') },
  authSecrets: secret('auth-secrets'),
  contract,
  settings,
};
const worker: ContainerInput<string> = { ...api, process: 'worker' };
const migrate: ContainerInput<string> = { ...api, process: 'migrate' };

function namesOf(input: ContainerInput<string>): readonly string[] {
  const { environment, secrets } = containerDefinition(input);
  return [...environment, ...secrets].map(({ name }) => name).toSorted();
}

/** Set when the image is built, hence not by the task definition. */
const baked = ['RELEASE_VERSION', 'RELEASE_COMMIT'];
/** Authorities of servers outside AWS (the app has those of AWS), and what nobody wants otherwise than by default. */
const unset = ['DATABASE_CA', 'VALKEY_CA', 'WEBHOOK_TARGETS'];
/** Read by Node itself. */
const byNode = ['NODE_OPTIONS'];
const tracing = { collectorImage: 'collector@sha256:1', collectorMemoryMiB: 128 };
const traced = { ...settings, tracing };
const mail = { from: 'hello@example.com', identityArn: 'arn:identity' };

describe('the variables of a container', () => {
  it.each([
    ['api', { ...api, settings: traced }, apiVariableNames()],
    ['worker', { ...worker, settings: { ...traced, mail } }, workerVariableNames()],
    ['migrate', migrate, migrateVariableNames()],
  ] as const)('of %s are those that the app reads', (_name, input, read) => {
    const expected = [...read, ...byNode].filter((name) => ![...baked, ...unset].includes(name));

    expect(namesOf(input)).toEqual(expected.toSorted());
  });

  it('have nothing of Valkey where there is none', () => {
    expect(namesOf({ ...api, valkey: undefined }).filter((name) => name.startsWith('VALKEY'))).toEqual([]);
  });

  it('have no password of the app where it logs in by IAM', () => {
    const byIam = parseSettings({ ...valid, databaseAuthentication: 'iam' }, 'staging');
    const input = { ...api, settings: byIam, database: { ...api.database, app: { name: 'app' } } };

    expect(namesOf(input)).not.toContain('DATABASE_PASSWORD');
    expect(namesOf({ ...input, process: 'migrate' })).not.toContain('APP_DATABASE_PASSWORD');
    expect(containerDefinition(input).environment).toContainEqual({ name: 'DATABASE_AUTHENTICATION', value: 'iam' });
  });

  it('are sorted, so that their order never makes another task definition', () => {
    const names = containerDefinition(api).environment.map(({ name }) => name);

    expect(names).toEqual(names.toSorted());
  });

  it('carry the numbers of the contract', () => {
    const { environment } = containerDefinition(api);

    expect(environment).toContainEqual({ name: 'DRAIN_DELAY_SECONDS', value: '5' });
    expect(environment).toContainEqual({ name: 'SHUTDOWN_TIMEOUT_SECONDS', value: '30' });
    expect(environment).toContainEqual({ name: 'KEEP_ALIVE_TIMEOUT_SECONDS', value: '65' });
    expect(environment).toContainEqual({ name: 'HEADERS_TIMEOUT_SECONDS', value: '66' });
    expect(environment).toContainEqual({ name: 'REQUEST_TIMEOUT_SECONDS', value: '20' });
    expect(environment).toContainEqual({ name: 'DATABASE_POOL_SIZE', value: '5' });
    expect(environment).toContainEqual({
      name: 'NODE_OPTIONS',
      value: '--max-old-space-size=360 --max-semi-space-size=8',
    });
  });

  it('have secrets as references only, each container those that it needs', () => {
    expect(containerDefinition(api).secrets).toEqual([
      { name: 'AUTH_SECRETS', valueFrom: 'arn:auth-secrets' },
      { name: 'DATABASE_PASSWORD', valueFrom: 'arn:app-password' },
      { name: 'VALKEY_PASSWORD', valueFrom: 'arn:valkey-password' },
    ]);
    expect(containerDefinition(worker).secrets.map(({ name }) => name)).toEqual([
      'DATABASE_PASSWORD',
      'VALKEY_PASSWORD',
    ]);
    expect(containerDefinition(migrate).secrets).toEqual([
      { name: 'DATABASE_PASSWORD', valueFrom: 'arn:owner:password::' },
      { name: 'APP_DATABASE_PASSWORD', valueFrom: 'arn:app-password' },
    ]);
    const plain = [api, migrate].flatMap((input) => containerDefinition(input).environment.map(({ name }) => name));
    expect(plain.filter((name) => /PASSWORD|SECRET/.test(name))).toEqual([]);
  });

  it('let the app in as one who changes no table', () => {
    expect(containerDefinition(api).environment).toContainEqual({ name: 'DATABASE_USER', value: 'app' });
    expect(containerDefinition(migrate).environment).toContainEqual({ name: 'DATABASE_USER', value: 'postgres' });
  });
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
      linuxParameters: { initProcessEnabled: true },
      essential: true,
    });
  });

  it('that serves has a port and a check of its life, which asks no other service', () => {
    expect(containerDefinition(api)).toMatchObject({
      portMappings: [{ containerPort: 3000, protocol: 'tcp' }],
      healthCheck: {
        command: ['CMD', 'node', 'dist/healthcheck.js', '/health'],
        interval: 10,
        timeout: 5,
        retries: 3,
        startPeriod: 60,
      },
    });
  });

  it('that serves nothing has neither', () => {
    expect(containerDefinition(migrate)).not.toHaveProperty('portMappings');
    expect(containerDefinition(migrate)).not.toHaveProperty('healthCheck');
  });
});
