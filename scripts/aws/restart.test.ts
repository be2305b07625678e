import { expect, test } from 'vitest';
import type { Clock } from '../release/clock.ts';
import { namesOf } from './names.ts';
import { restartServices } from './restart.ts';
import { startWireServer } from './testing/wire-server.ts';

const definition = 'arn:aws:ecs:eu-central-1:123456789012:task-definition/nest-fargate-prod-api:8';
const clock: Clock = { now: () => 0, sleep: async () => undefined };
const wait = (said: string[] = []) => ({
  clock,
  signal: new AbortController().signal,
  timeoutSeconds: 60,
  say: (line: string) => void said.push(line),
});

const primary = (id: string, rolloutState: string, runningCount: number) => ({
  ...{ id, status: 'PRIMARY', taskDefinition: definition, desiredCount: 2 },
  ...{ runningCount, rolloutState },
});
const service = (...deployments: readonly object[]) => ({
  serviceName: 'nest-fargate-prod-api',
  status: 'ACTIVE',
  taskDefinition: definition,
  desiredCount: 2,
  runningCount: 2,
  deployments,
});
const old = { ...primary('ecs-svc/1', 'COMPLETED', 2) };

test('starts a deployment of what runs, and is not taken in by the answer of a moment ago', async () => {
  const asked: unknown[] = [];
  const said: string[] = [];
  await using aws = await startWireServer({
    UpdateService: (input) => {
      asked.push(input);
      return { body: { service: service(primary('ecs-svc/2', 'IN_PROGRESS', 0), { ...old, status: 'ACTIVE' }) } };
    },
    DescribeServices: (_input, call) => {
      const now = call < 3 ? [old] : [primary('ecs-svc/2', call < 6 ? 'IN_PROGRESS' : 'COMPLETED', call < 6 ? 1 : 2)];
      return { body: { services: [service(...now)] } };
    },
    ListServiceDeployments: () => ({ body: { serviceDeployments: [] } }),
  });
  await restartServices(aws.clients, namesOf('prod'), ['api'], wait(said));

  expect(asked).toEqual([{ cluster: 'nest-fargate-prod', service: 'nest-fargate-prod-api', forceNewDeployment: true }]);
  expect(said).toContain('nest-fargate-prod-api: 1 of 2 tasks run');
  expect(aws.calls.filter((call) => call === 'DescribeServices')).toHaveLength(6);
});

test('fails when ECS rolls it back', async () => {
  await using aws = await startWireServer({
    UpdateService: () => ({ body: { service: service(primary('ecs-svc/2', 'IN_PROGRESS', 0)) } }),
    DescribeServices: () => ({ body: { services: [service(primary('ecs-svc/2', 'FAILED', 0), old)] } }),
    ListServiceDeployments: () => ({ body: { serviceDeployments: [{ serviceDeploymentArn: 'arn:new' }] } }),
    DescribeServiceDeployments: () => ({
      body: { serviceDeployments: [{ status: 'ROLLBACK_SUCCESSFUL', rollback: { reason: 'circuit breaker' } }] },
    }),
  });

  await expect(restartServices(aws.clients, namesOf('prod'), ['api'], wait())).rejects.toMatchObject({
    code: 'ROLLED_BACK',
    message: expect.stringContaining('circuit breaker'),
  });
});
