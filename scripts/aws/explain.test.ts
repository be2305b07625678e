import { expect, test } from 'vitest';
import { explainServices, readLastRuns } from './explain.ts';
import { namesOf } from './names.ts';
import { startWireServer } from './testing/wire-server.ts';

const names = namesOf('prod');
const arn = (kind: string, id: string) => `arn:aws:ecs:eu-central-1:123456789012:${kind}/${id}`;
const started = 1_795_000_000;

const service = {
  serviceName: 'nest-fargate-prod-api',
  status: 'ACTIVE',
  taskDefinition: arn('task-definition', 'nest-fargate-prod-api:8'),
  desiredCount: 2,
  runningCount: 1,
  deployments: [
    { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', rolloutStateReason: 'ECS deployment ecs-svc/1 in progress.' },
  ],
  events: [
    { id: '2', createdAt: started + 60, message: '(service nest-fargate-prod-api) was unable to place a task.' },
    { id: '1', createdAt: started, message: '(service nest-fargate-prod-api) has started 2 tasks.' },
  ],
};

function stopped(id: string, minute: number, container: object, stoppedReason: string) {
  return {
    taskArn: arn('task', `nest-fargate-prod/${id}`),
    taskDefinitionArn: service.taskDefinition,
    lastStatus: 'STOPPED',
    stoppedAt: started + minute * 60,
    stoppedReason,
    containers: [{ name: 'api', ...container }],
  };
}

const tasks = [
  stopped('1111', 1, { exitCode: 143 }, 'Scaling activity initiated by deployment'),
  stopped(
    '4444',
    4,
    { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    'Essential container in task exited',
  ),
  stopped('3333', 3, { exitCode: 3 }, 'Essential container in task exited'),
  stopped('2222', 2, { reason: 'CannotPullContainerError: image not found' }, 'Task failed to start'),
];

test('says what ECS, the containers and the log know, the latest first, exit codes in words', async () => {
  const streams: unknown[] = [];
  await using aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: [arn('service', 'nest-fargate-prod/nest-fargate-prod-api')] } }),
    DescribeServices: () => ({ body: { services: [service] } }),
    ListServiceDeployments: () => ({ body: { serviceDeployments: [{ serviceDeploymentArn: 'arn:deployment' }] } }),
    DescribeServiceDeployments: () => ({
      body: {
        serviceDeployments: [
          { status: 'ROLLBACK_IN_PROGRESS', rollback: { reason: 'the circuit breaker was triggered' } },
        ],
      },
    }),
    ListTasks: () => ({ body: { taskArns: tasks.map(({ taskArn }) => taskArn) } }),
    DescribeTasks: () => ({ body: { tasks } }),
    GetLogEvents: (input) => {
      streams.push([input['logGroupName'], input['logStreamName']]);
      return { body: { events: [{ message: 'heap is full' }] } };
    },
  });
  expect(await explainServices(aws.clients, names, Date.parse('2026-11-21T12:00:00Z'))).toBe(`api: 1 of 2 tasks run
  deployment:
    ROLLBACK_IN_PROGRESS: the circuit breaker was triggered
    ECS deployment ecs-svc/1 in progress.
  events:
    11:06:40 (service nest-fargate-prod-api) has started 2 tasks.
    11:07:40 (service nest-fargate-prod-api) was unable to place a task.
  stopped tasks:
    4444 (nest-fargate-prod-api:8) at 2026-11-18T11:10:40Z: Essential container in task exited
      api: exit code 137, killed: over its memory limit, or still running at the end of its stop timeout, OutOfMemoryError: Container killed due to memory usage
    3333 (nest-fargate-prod-api:8) at 2026-11-18T11:09:40Z: Essential container in task exited
      api: exit code 3
    2222 (nest-fargate-prod-api:8) at 2026-11-18T11:08:40Z: Task failed to start
      api: it never started, CannotPullContainerError: image not found
  last log lines of 4444:
    heap is full`);
  expect(streams).toEqual([['/ecs/nest-fargate-prod-api', 'api/api/4444']]);
});

test('says nothing of an environment that is not there', async () => {
  await using aws = await startWireServer({ DescribeClusters: () => ({ body: { clusters: [] } }) });
  expect(await explainServices(aws.clients, names, Date.parse('2026-11-21T12:00:00Z'))).toBe('');
});

const group = 'nest-fargate-prod-report-schedule';

function run(id: string, minute: number, containers: readonly object[], of = group) {
  return { ...stopped(id, minute, {}, 'Essential container in task exited'), group: of, containers };
}

test.each([
  [
    'ended with 0, whatever its sidecar did',
    [
      { name: 'collector', exitCode: 2 },
      { name: 'report', exitCode: 0 },
    ],
    undefined,
  ],
  [
    'ended with another code',
    [
      { name: 'collector', exitCode: 0 },
      { name: 'report', exitCode: 3 },
    ],
    'exit code 3',
  ],
  [
    'never started',
    [{ name: 'report', reason: 'CannotPullContainerError: image not found' }],
    'CannotPullContainerError: image not found, Essential container in task exited',
  ],
])('the last run of a schedule that %s', async (_, containers, failed) => {
  const asked: unknown[] = [];
  const byHand = run('9999', 9, [{ name: 'report', exitCode: 1 }], 'family:nest-fargate-prod-report');
  const earlier = run('1111', 1, [{ name: 'report', exitCode: 9 }]);
  const tasks = [byHand, earlier, run('2222', 5, containers)];
  await using aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: [] } }),
    ListTasks: (input) => {
      asked.push([input['family'], input['desiredStatus']]);
      return { body: { taskArns: tasks.map(({ taskArn }) => taskArn) } };
    },
    DescribeTasks: () => ({ body: { tasks } }),
    GetLogEvents: () => ({ body: { events: [{ message: 'no space left' }] } }),
  });
  const now = Date.parse('2026-11-21T12:00:00Z');
  const [last] = await readLastRuns(aws.clients, names, now, ['report']);
  const explanation = await explainServices(aws.clients, names, now, ['report']);

  expect(asked[0]).toEqual(['nest-fargate-prod-report', 'STOPPED']);
  expect(last).toEqual({
    process: 'report',
    at: '2026-11-18T11:11:40.000Z',
    ...(failed === undefined ? {} : { failed }),
  });
  if (failed === undefined) expect(explanation).toBe('');
  else
    expect(explanation).toMatch(/^report: its last run on schedule failed\n {2}task:\n {4}2222 [\s\S]*no space left$/);
});

test('the last run of a schedule is unknown where ECS has forgotten it and no events are kept', async () => {
  await using aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListTasks: () => ({ body: { taskArns: [] } }),
    FilterLogEvents: () => ({ error: 'ResourceNotFoundException' }),
  });
  expect(await readLastRuns(aws.clients, names, Date.parse('2026-11-21T12:00:00Z'), ['report'])).toEqual([
    { process: 'report', unknown: expect.stringContaining('there is no log group') },
  ]);
});
