import { describe, expect, test } from 'vitest';
import { startWireServer } from './testing/wire-server.ts';
import { readTimes } from './times.ts';

const service = { cluster: 'nest-fargate-prod', name: 'nest-fargate-prod-api' };
const definition = (revision: number) =>
  `arn:aws:ecs:eu-central-1:123456789012:task-definition/nest-fargate-prod-api:${revision}`;
/** Seconds since the epoch, as ECS writes its timestamps. */
const began = 1_795_000_000;

const task = (id: string, revision: number, moments: Readonly<Record<string, number>>) => ({
  taskArn: `arn:aws:ecs:eu-central-1:123456789012:task/nest-fargate-prod/${id}`,
  taskDefinitionArn: definition(revision),
  ...Object.fromEntries(Object.entries(moments).map(([name, seconds]) => [name, began + seconds])),
});
const fresh = [
  task('new-1', 8, { createdAt: 2, pullStartedAt: 20, pullStoppedAt: 28, startedAt: 31.5 }),
  task('new-2', 8, { createdAt: 2.5, startedAt: 40 }),
];
const old = [
  task('old-1', 7, { createdAt: -9000, startedAt: -8000, stoppingAt: 54.2, executionStoppedAt: 85, stoppedAt: 99 }),
  task('old-2', 7, { createdAt: -9000, startedAt: -8000, stoppingAt: 55, executionStoppedAt: 86.4, stoppedAt: 99 }),
  // Of an earlier rollout.
  task('older', 6, { createdAt: -9900, stoppingAt: -7000, executionStoppedAt: -6990 }),
];

/** ECS with one rollout, as it answers on the wire. */
function ecsWith({
  deployment = {},
  stopped = old,
}: {
  readonly deployment?: object;
  readonly stopped?: readonly { readonly taskArn: string }[];
} = {}) {
  const answers = { RUNNING: fresh, STOPPED: stopped };
  return startWireServer({
    DescribeServices: () => ({ body: { services: [{ serviceName: service.name, status: 'ACTIVE' }] } }),
    ListServiceDeployments: () => ({
      body: { serviceDeployments: [{ serviceDeploymentArn: 'arn:now', createdAt: began }] },
    }),
    DescribeServiceDeployments: () => ({
      body: {
        serviceDeployments: [
          {
            status: 'SUCCESSFUL',
            createdAt: began,
            startedAt: began + 1,
            finishedAt: began + 386.4,
            targetServiceRevision: { arn: 'arn:revision' },
            ...deployment,
          },
        ],
      },
    }),
    DescribeServiceRevisions: () => ({ body: { serviceRevisions: [{ taskDefinition: definition(8) }] } }),
    ListTasks: ({ desiredStatus }) => ({
      body: { taskArns: answers[desiredStatus as 'RUNNING' | 'STOPPED'].map(({ taskArn }) => taskArn) },
    }),
    DescribeTasks: ({ tasks }) => ({
      body: { tasks: [...fresh, ...stopped].filter(({ taskArn }) => (tasks as readonly string[]).includes(taskArn)) },
    }),
  });
}

const since = (seconds: number) => ({ since: (began + seconds) * 1000, now: (began + 400) * 1000 });

describe('the phases of a rollout by the timestamps of ECS', () => {
  test('are told apart as far as ECS tells them', async () => {
    await using aws = await ecsWith();
    expect(await readTimes(aws.clients, service, since(-5))).toEqual({
      spans: [
        { phases: ['pull'], seconds: 38 },
        { phases: ['boot', 'healthy'], seconds: 14.2 },
        { phases: ['drain', 'stop'], seconds: 32.2 },
        { phases: ['bake'], seconds: 300 },
      ],
    });
  });

  test('have the bake before the old tasks end where traffic shifts', async () => {
    await using aws = await ecsWith({ deployment: { deploymentConfiguration: { strategy: 'BLUE_GREEN' } } });
    const times = await readTimes(aws.clients, service, since(-5));
    expect(times?.spans.map(({ phases }) => phases)).toEqual([
      ['pull'],
      ['boot', 'healthy', 'bake'],
      ['drain', 'stop'],
    ]);
  });

  test('say what has not ended yet', async () => {
    const stopping = [task('old-1', 7, { createdAt: -9000, stoppingAt: 54 })];
    await using aws = await ecsWith({ stopped: stopping });
    expect((await readTimes(aws.clients, service, since(-5)))?.spans.at(-1)).toEqual({
      phases: ['drain', 'stop'],
      seconds: 346,
      ongoing: true,
    });
  });

  test('are unknown without a rollout since then', async () => {
    await using aws = await ecsWith();
    expect(await readTimes(aws.clients, service, since(5))).toBeUndefined();
  });

  test('of a first rollout are only the start: nothing ended', async () => {
    await using aws = await ecsWith({ stopped: [] });
    expect((await readTimes(aws.clients, service, since(-5)))?.spans).toEqual([{ phases: ['pull'], seconds: 38 }]);
  });
});
