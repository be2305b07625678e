import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ecsMigrationTasks } from './ecs-tasks.ts';
import type { MigrationInputs } from './run.ts';

const inputs: MigrationInputs = {
  region: 'eu-central-1',
  cluster: 'arn:cluster',
  taskDefinition: 'arn:migrate:7',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
  containerName: 'migrate',
  logGroup: '/ecs/migrate',
  timeoutSeconds: 60,
  image: 'repository@sha256:1',
  appLogin: 'password',
  database: 'db-A',
};
const taskArn = 'arn:aws:ecs:eu-central-1:1:task/cluster/0123';

interface Answer {
  readonly status?: number;
  readonly body: object;
}

/** Speaks the wire format of the AWS APIs: what is tested is what the SDK really sends and understands. */
let aws: Server;
let answers: Record<string, Answer[]>;
let requests: { readonly operation: string; readonly body: unknown }[];

beforeEach(async () => {
  answers = {};
  requests = [];
  aws = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      requests.push({ operation, body: JSON.parse(text) });
      const queue = answers[operation] ?? [];
      const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 500, body: { message: 'unexpected' } };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(aws.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(() => {
  vi.unstubAllEnvs();
  aws.closeAllConnections();
  aws.close();
});

describe('ecsMigrationTasks', () => {
  it('starts a Fargate task without a public address', async () => {
    answers = { RunTask: [{ body: { tasks: [{ taskArn }] } }] };

    await expect(ecsMigrationTasks('eu-central-1').start(inputs)).resolves.toBe(taskArn);
    expect(requests[0]?.body).toMatchObject({
      cluster: 'arn:cluster',
      taskDefinition: 'arn:migrate:7',
      launchType: 'FARGATE',
      startedBy: 'stack-migration',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
    });
  });

  it('says why ECS did not start it', async () => {
    answers = { RunTask: [{ body: { tasks: [], failures: [{ reason: 'RESOURCE:ENI', detail: 'subnet is full' }] } }] };

    await expect(ecsMigrationTasks('eu-central-1').start(inputs)).rejects.toThrow(
      'The migration failed: ECS did not start its task (RESOURCE:ENI: subnet is full).',
    );
  });

  it('tries again when it is throttled', async () => {
    answers = {
      RunTask: [
        { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
        { body: { tasks: [{ taskArn }] } },
      ],
    };

    await expect(ecsMigrationTasks('eu-central-1').start(inputs)).resolves.toBe(taskArn);
    const tokens = requests.map(({ body }) => Object(body).clientToken);
    expect(tokens).toHaveLength(2);
    // The same token: ECS would not start a second task if the first request had arrived after all.
    expect(tokens[0]).toBe(tokens[1]);
  });

  it('finds a running task of the same definition only', async () => {
    answers = {
      ListTasks: [{ body: { taskArns: ['a', 'b'] } }],
      DescribeTasks: [
        {
          body: {
            tasks: [
              { taskArn: 'a', taskDefinitionArn: 'arn:migrate:6' },
              { taskArn: 'b', taskDefinitionArn: 'arn:migrate:7' },
            ],
          },
        },
      ],
    };

    await expect(ecsMigrationTasks('eu-central-1').findRunning(inputs)).resolves.toBe('b');
    expect(requests[0]?.body).toMatchObject({ startedBy: 'stack-migration', desiredStatus: 'RUNNING' });
  });

  it('finds none when none runs', async () => {
    answers = { ListTasks: [{ body: { taskArns: [] } }] };

    await expect(ecsMigrationTasks('eu-central-1').findRunning(inputs)).resolves.toBeUndefined();
  });

  it.each([
    ['not visible yet', [], { stopped: false, reason: 'not visible yet' }],
    [
      'running',
      [{ taskArn, lastStatus: 'RUNNING', containers: [{ name: 'migrate' }] }],
      { stopped: false, reason: 'no reason given' },
    ],
    [
      'ended',
      [{ taskArn, lastStatus: 'STOPPED', stoppedReason: 'exited', containers: [{ name: 'migrate', exitCode: 0 }] }],
      { stopped: true, exitCode: 0, reason: 'exited' },
    ],
    [
      'killed',
      [
        {
          taskArn,
          lastStatus: 'STOPPED',
          stoppedReason: 'exited',
          containers: [{ name: 'migrate', exitCode: 137, reason: 'OutOfMemoryError' }],
        },
      ],
      { stopped: true, exitCode: 137, reason: 'OutOfMemoryError' },
    ],
    [
      'never started',
      [
        {
          taskArn,
          lastStatus: 'STOPPED',
          stoppedReason: 'CannotPullContainerError',
          containers: [{ name: 'migrate' }],
        },
      ],
      { stopped: true, reason: 'CannotPullContainerError' },
    ],
  ])('describes a task that is %s', async (_state, tasks, expected) => {
    answers = { DescribeTasks: [{ body: { tasks } }] };

    await expect(ecsMigrationTasks('eu-central-1').describe(inputs, taskArn)).resolves.toEqual(expected);
  });

  it('stops a task with a reason', async () => {
    answers = { StopTask: [{ body: {} }] };

    await ecsMigrationTasks('eu-central-1').stop(inputs, taskArn, 'too long');
    expect(requests[0]?.body).toMatchObject({ cluster: 'arn:cluster', task: taskArn, reason: 'too long' });
  });

  it('reads the end of the task’s log', async () => {
    answers = { GetLogEvents: [{ body: { events: [{ message: 'one' }, { message: 'two' }] } }] };

    await expect(ecsMigrationTasks('eu-central-1').lastLines(inputs, taskArn)).resolves.toEqual(['one', 'two']);
    expect(requests[0]?.body).toMatchObject({
      logGroupName: '/ecs/migrate',
      logStreamName: 'migrate/migrate/0123',
      startFromHead: false,
    });
  });

  it('has no lines of a container that never started', async () => {
    answers = { GetLogEvents: [{ status: 400, body: { __type: 'ResourceNotFoundException', message: 'no stream' } }] };

    await expect(ecsMigrationTasks('eu-central-1').lastLines(inputs, taskArn)).resolves.toEqual([]);
  });

  it('does not hide the failure of the migration behind one of its log', async () => {
    answers = { GetLogEvents: [{ status: 400, body: { __type: 'AccessDeniedException', message: 'not allowed' } }] };

    await expect(ecsMigrationTasks('eu-central-1').lastLines(inputs, taskArn)).resolves.toEqual([
      '(failed to read its log: not allowed)',
    ]);
  });
});
