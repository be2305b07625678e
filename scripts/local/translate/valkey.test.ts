import { describe, expect, it } from 'vitest';

import { exampleFacts } from '../testing/example-facts.ts';
import { exampleContainer, exampleGraph, exampleValkey } from '../testing/example-graph.ts';
import type { LocalFacts } from './local-facts.ts';
import { parseProgram } from './program.ts';
import { renderStack } from './stack-document.ts';
import { renderStacks } from './stacks.ts';

const variables = [
  {
    name: 'VALKEY_HOST',
    value: '@{aws:elasticache/replicationGroup:ReplicationGroup::valkey::primaryEndpointAddress}',
  },
];
const secrets = [{ name: 'VALKEY_PASSWORD', valueFrom: '@{aws:secretsmanager/secret:Secret::valkey-password::arn}' }];

function render(valkey: Readonly<Record<string, unknown>> = {}, facts: Partial<LocalFacts> = {}) {
  const { environment } = exampleContainer();
  const graph = exampleGraph({ container: { environment: [...environment, ...variables], secrets } });
  const program = parseProgram({ ...graph, resources: [...graph.resources, ...exampleValkey(valkey)] });
  return renderStacks(program, { ...exampleFacts, ...facts });
}

const server = (...args: Parameters<typeof render>) => render(...args).data?.services['valkey'];

describe('Valkey', () => {
  it('speaks TLS alone, and evicts nothing', () => {
    const command = server()?.command?.join(' ');

    expect(command).toContain('--port 0 --tls-port 6379');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(command).not.toContain('reserved-memory-percent');
  });

  it('has the memory of its node type, and less of it for data', () => {
    expect(server()?.deploy.resources.limits.memory).toBe('512M');
    expect(server()?.command?.join(' ')).toContain('--maxmemory 384mb');
    expect(server({ nodeType: 'cache.m7g.large' })?.deploy.resources.limits.memory).toBe('6533M');
  });

  it('keeps nothing on the disk, as ElastiCache does not', () => {
    expect(server()?.command?.join(' ')).toContain('--appendonly no');
    // To YAML 1.1, which Docker reads, a bare `no` is false.
    expect(renderStack({ version: '3.8', services: {}, networks: {}, ...render().data })).toContain('- "no"');
    expect(server()).not.toHaveProperty('volumes');
    expect(server()?.read_only).toBe(true);
  });

  it('has its password in a file, and not on its command line', () => {
    expect(server()?.command?.[0]).toBe('/run/secrets/password.conf');
    expect(Object.keys(render().data?.secrets ?? {})).toEqual([
      'password',
      'key',
      'certificate',
      'v-password',
      'v-key',
      'v-certificate',
    ]);
  });

  it('is restarted for another password, and the database is not', () => {
    const secretFingerprints = { ...exampleFacts.secretFingerprints, 'valkey-password': 'another' };
    const [before, after] = [render().data?.services, render({}, { secretFingerprints }).data?.services];

    expect(after?.['valkey']?.labels).not.toEqual(before?.['valkey']?.labels);
    expect(after?.['database']).toEqual(before?.['database']);
  });

  it('is reached by those that are configured with it, and nobody else', () => {
    expect(render().services.services['api']?.environment).toMatchObject({
      VALKEY_HOST: 'valkey',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: docker stack deploy replaces it.
      VALKEY_PASSWORD: '${STACK_SECRET_VALKEY_PASSWORD}',
    });
    expect(render().migrations[0]?.container.environment).not.toHaveProperty('VALKEY_HOST');
  });

  it('has secrets whose names Swarm takes, however long the environment is called', () => {
    const facts = { instance: 'i'.repeat(20), secretFingerprints: { 'valkey-password': 'x'.repeat(12) } };
    const lengths = Object.values(render({}, facts).data?.secrets ?? {}).map(({ name }) => name.length);

    // The longest name of an environment has 20 characters, this one 7; Swarm ends names at 64.
    expect(Math.max(...lengths) + 13).toBeLessThanOrEqual(64);
  });

  it.each([
    ['another engine', { engine: 'memcached' }, 'memcached'],
    ['no TLS', { transitEncryptionEnabled: false }, 'transitEncryptionEnabled'],
    ['an unknown node type', { nodeType: 'cache.x9.huge' }, 'cache.x9.huge'],
  ])('is not translated with %s', (_, change, names) => {
    expect(() => render(change)).toThrow(expect.objectContaining({ code: 'NOT_TRANSLATABLE' }));
    expect(() => render(change)).toThrow(names);
  });
});
