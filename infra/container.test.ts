import { describe, expect, it } from 'vitest';
import { apiVariableNames, migrateVariableNames } from '../app/src/env.ts';
import { type ContainerInput, containerDefinition } from './container.ts';
import { deriveContract } from './contract.ts';
import { parseSettings } from './settings.ts';

const settings = parseSettings({ 'aws:region': 'eu-central-1' }, 'staging');
const contract = deriveContract(settings);

const api: ContainerInput<string> = {
  process: 'api',
  image: 'repository@sha256:1',
  logGroup: '/ecs/api',
  database: { host: 'db.internal', port: 5432, name: 'app', user: 'postgres', passwordFrom: 'arn:secret:password::' },
  contract,
  settings,
};
const migrate: ContainerInput<string> = { ...api, process: 'migrate' };

function namesOf(input: ContainerInput<string>): readonly string[] {
  const { environment, secrets } = containerDefinition(input);
  return [...environment, ...secrets].map(({ name }) => name).toSorted();
}

/** Set when the image is built, hence not by the task definition. */
const baked = ['RELEASE_VERSION', 'RELEASE_COMMIT'];
/** Authorities for a database outside RDS (the app has those of RDS), and what an app without Valkey or telemetry lacks. */
const optional = [
  'DATABASE_CA',
  'VALKEY_HOST',
  'VALKEY_PORT',
  'VALKEY_USER',
  'VALKEY_PASSWORD',
  'VALKEY_TLS',
  'VALKEY_CA',
  'METRICS_PORT',
  'METRICS_NAMESPACE',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'REQUESTS_PER_MINUTE',
  'AUTH_REQUESTS_PER_MINUTE',
];
/** Read by Node itself. */
const byNode = ['NODE_OPTIONS'];

describe('the variables of a container', () => {
  it.each([
    ['api', api, apiVariableNames()],
    ['migrate', migrate, migrateVariableNames()],
  ] as const)('of %s are those that the app reads', (_name, input, read) => {
    const expected = [...read, ...byNode].filter((name) => ![...baked, ...optional].includes(name));

    expect(namesOf(input)).toEqual(expected.toSorted());
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
    expect(environment).toContainEqual({ name: 'DATABASE_POOL_SIZE', value: '8' });
    expect(environment).toContainEqual({
      name: 'NODE_OPTIONS',
      value: '--max-old-space-size=360 --max-semi-space-size=8',
    });
  });

  it('have the password as a reference only', () => {
    const { environment, secrets } = containerDefinition(api);

    expect(secrets).toEqual([{ name: 'DATABASE_PASSWORD', valueFrom: 'arn:secret:password::' }]);
    expect(environment.map(({ name }) => name)).not.toContain('DATABASE_PASSWORD');
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
