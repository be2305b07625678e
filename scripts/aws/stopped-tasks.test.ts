import { expect, test } from 'vitest';
import { namesOf } from './names.ts';
import { stoppedTasksOf } from './stopped-tasks.ts';
import { type Handlers, startWireServer } from './testing/wire-server.ts';

const names = namesOf('prod');
const service = 'nest-fargate-prod-api';
const now = Date.parse('2026-11-21T12:00:00Z');
const asked = { enough: 3, now };
const arn = (kind: string, id: string) => `arn:aws:ecs:eu-central-1:123456789012:${kind}/${id}`;
const seconds = (text: string) => Date.parse(text) / 1000;

/** As EventBridge writes it: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
function eventOf(id: string, stoppedAt: string, exitCode: number, group = `service:${service}`): { message: string } {
  const detail = {
    clusterArn: arn('cluster', 'nest-fargate-prod'),
    group,
    lastStatus: 'STOPPED',
    taskArn: arn('task', `nest-fargate-prod/${id}`),
    taskDefinitionArn: arn('task-definition', 'nest-fargate-prod-api:7'),
    stoppedAt,
    stoppedReason: 'Essential container in task exited',
    stopCode: 'EssentialContainerExited',
    containers: [{ name: 'api', exitCode, lastStatus: 'STOPPED' }],
    overrides: { containerOverrides: [] },
  };
  return {
    message: JSON.stringify({ version: '0', 'detail-type': 'ECS Task State Change', source: 'aws.ecs', detail }),
  };
}

/** ECS remembers these tasks, and the log what the handler says. */
const aws = (recent: readonly object[], FilterLogEvents: NonNullable<Handlers['FilterLogEvents']>) =>
  startWireServer({
    ListTasks: () => ({ body: { taskArns: recent.map((_, index) => `arn:${index}`) } }),
    DescribeTasks: () => ({ body: { tasks: recent } }),
    FilterLogEvents,
  });

const ids = (tasks: readonly { readonly taskArn: string }[]) => tasks.map(({ taskArn }) => taskArn.split('/').at(-1));

test('are those of ECS, and older ones from the log of the environment, each once, the latest first', async () => {
  const recent = [{ taskArn: arn('task', 'nest-fargate-prod/3333'), stoppedAt: seconds('2026-11-21T11:55:00Z') }];
  const pages = [
    [
      eventOf('1111', '2026-11-20T20:00:00Z', 1),
      { message: 'not an event' },
      eventOf('3333', '2026-11-21T11:55:00Z', 0),
    ],
    [eventOf('2222', '2026-11-21T03:00:00Z', 137), eventOf('9999', '2026-11-21T04:00:00Z', 1, 'family:other')],
  ];
  const inputs: Readonly<Record<string, unknown>>[] = [];
  await using server = await aws(recent, (input, call) => {
    inputs.push(input);
    return { body: { events: pages[call - 1], ...(call === 1 ? { nextToken: 'more' } : {}) } };
  });
  const { tasks, unknown } = await stoppedTasksOf(server.clients, names, service, asked);
  expect(ids(tasks)).toEqual(['3333', '2222', '1111']);
  expect(tasks[1]).toMatchObject({
    stoppedAt: Date.parse('2026-11-21T03:00:00Z'),
    reason: 'Essential container in task exited',
    containers: [{ name: 'api', exitCode: 137 }],
  });
  expect(unknown).toBeUndefined();
  expect(inputs).toMatchObject([
    {
      logGroupName: '/aws/events/nest-fargate-prod-stopped-tasks',
      filterPattern: '{ $.detail.group = "service:nest-fargate-prod-api" }',
      startTime: now - 24 * 3_600_000,
    },
    { nextToken: 'more' },
  ]);
});

test('the last event of a task counts', async () => {
  await using server = await aws([], () => ({
    body: { events: [eventOf('1111', '2026-11-21T03:00:00Z', 0), eventOf('1111', '2026-11-21T03:00:00Z', 137)] },
  }));
  const { tasks } = await stoppedTasksOf(server.clients, names, service, asked);
  expect(tasks).toMatchObject([{ containers: [{ exitCode: 137 }] }]);
});

test('of a quiet day are searched for in the week', async () => {
  await using server = await aws([], (input) => ({
    body: {
      events: Number(input['startTime']) < now - 25 * 3_600_000 ? [eventOf('1', '2026-11-17T03:00:00Z', 1)] : [],
    },
  }));
  expect(ids((await stoppedTasksOf(server.clients, names, service, asked)).tasks)).toEqual(['1']);
});

test('are not searched for where ECS has enough', async () => {
  const recent = ['1', '2', '3'].map((id) => ({
    taskArn: arn('task', id),
    stoppedAt: seconds('2026-11-21T11:55:00Z'),
  }));
  await using server = await aws(recent, () => ({ error: 'InternalFailure' }));
  expect((await stoppedTasksOf(server.clients, names, service, asked)).tasks).toHaveLength(3);
  expect(server.calls).not.toContain('FilterLogEvents');
});

test.each([
  ['ResourceNotFoundException', /there is no log group .*: the next update of the stack creates it/],
  ['AccessDeniedException', /FilterLogEvents|not allowed|denied|permission/i],
])('are unknown, and say why, when the log answers %s', async (error, why) => {
  await using server = await aws([], () => ({
    error,
    message: 'User is not authorized to perform: logs:FilterLogEvents',
  }));
  const { tasks, unknown } = await stoppedTasksOf(server.clients, names, service, asked);
  expect(tasks).toEqual([]);
  expect(unknown).toMatch(why);
});
