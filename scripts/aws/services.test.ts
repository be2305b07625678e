import { expect, test } from 'vitest';
import { parseSettings } from '../../infra/settings/parse.ts';
import { createClients } from './clients.ts';
import { namesOf } from './names.ts';
import { activeServices } from './services.ts';

const account = 'arn:aws:ecs:eu-central-1:123456789012';

/** A cluster with services of several environments, and of others, by name and the environment in their tags. */
function cluster(services: Readonly<Record<string, string | undefined>>) {
  const clients = createClients({ region: 'eu-central-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  const asked: string[] = [];
  clients.ecs.middlewareStack.add(
    () => async (request) => {
      const input = request.input as { services?: string[]; include?: string[] };
      if (input.services === undefined) {
        const serviceArns = Object.keys(services).map((name) => `${account}:service/shared/${name}`);
        return { output: { $metadata: {}, serviceArns }, response: {} };
      }
      asked.push(...input.services.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)));
      const found = input.services.map((arn) => {
        const serviceName = arn.slice(arn.lastIndexOf('/') + 1);
        const environment = services[serviceName];
        const tags =
          environment === undefined || !input.include?.includes('TAGS')
            ? []
            : Object.entries(namesOf(environment).tags).map(([key, value]) => ({ key, value }));
        return { serviceName, status: 'ACTIVE', tags };
      });
      return { output: { $metadata: {}, services: found }, response: {} };
    },
    { step: 'initialize' },
  );
  return { clients, asked };
}

const shared = parseSettings(
  { 'aws:region': 'eu-central-1', existingClusterArn: `${account}:cluster/shared` },
  'staging',
);
const services = {
  'nest-fargate-staging-api': 'staging',
  'nest-fargate-staging-worker': 'staging',
  'nest-fargate-staging-eu-api': 'staging-eu',
  'nest-fargate-staging-by-hand': undefined,
  shop: undefined,
};

test('in a cluster with services of others, those of the environment are its own', async () => {
  const { clients, asked } = cluster(services);
  const found = await activeServices(clients, namesOf('staging', shared));

  expect(found.map(({ serviceName }) => serviceName)).toEqual([
    'nest-fargate-staging-api',
    'nest-fargate-staging-worker',
  ]);
  expect(asked).not.toContain('shop');
});

test('the cluster of the environment has no services of others', async () => {
  const found = await activeServices(cluster(services).clients, namesOf('staging'));

  expect(found).toHaveLength(5);
});
