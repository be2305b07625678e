import { expect, it } from 'vitest';
import { deriveNames } from './names.ts';

const environments = [
  'staging',
  'staging-data',
  'staging-data-data',
  'data',
  'staging-database',
  'staging-load-balancer',
];
const instances = ['nest-fargate', 'nest-fargate-staging'];

it('gives no two environments a stack of the same name: deploying one would prune the other', () => {
  const stacks = instances.flatMap((instance) =>
    environments.flatMap((environment) => {
      const { stack, dataStack } = deriveNames(instance, environment);
      return [stack, dataStack];
    }),
  );

  expect(new Set(stacks).size).toBe(stacks.length);
});

it('keeps the names that environments have had', () => {
  expect(deriveNames('nest-fargate', 'staging')).toEqual({
    stack: 'nest-fargate-staging',
    dataStack: 'nest-fargate-staging-data',
    network: 'nest-fargate-staging',
    volume: 'nest-fargate-staging-database',
    emulatorVolume: 'nest-fargate-staging-emulator',
    loadBalancer: 'nest-fargate-staging-load-balancer',
    scheduler: 'nest-fargate-staging-scheduler',
    prometheus: 'nest-fargate-staging-prometheus',
    exporters: {
      engine: 'nest-fargate-staging-engine-exporter',
      database: 'nest-fargate-staging-database-exporter',
      valkey: 'nest-fargate-staging-valkey-exporter',
    },
  });
});

it('stays within what Swarm takes as the name of a service', () => {
  const { dataStack } = deriveNames('i'.repeat(20), `${'e'.repeat(15)}-data`);

  expect(`${dataStack}_database`.length).toBeLessThanOrEqual(63);
  expect(dataStack).toMatch(/^[a-z0-9](?:[-_]*[a-z0-9]+)*$/);
});
