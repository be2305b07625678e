import { describe, expect, test } from 'vitest';
import type { Clock } from '../../release/clock.ts';
import { namesOf } from '../names.ts';
import { type Handlers, startWireServer } from '../testing/wire-server.ts';
import { runOnce } from './run.ts';

const names = namesOf('prod');
const taskArn = 'arn:aws:ecs:eu-central-1:123456789012:task/nest-fargate-prod/1111';
const definition = 'arn:aws:ecs:eu-central-1:123456789012:task-definition/nest-fargate-prod-worker:8';
const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } };
const instantly: Clock = { now: () => Date.now(), sleep: async () => undefined };

const service = (name: string) => ({
  serviceName: `nest-fargate-prod-${name}`,
  status: 'ACTIVE',
  deployments: [{ status: 'PRIMARY', taskDefinition: definition }],
  networkConfiguration,
});

/** ECS with an API and a worker; a task stops at the second look, with that container. */
function ecs(container: object, changes: Handlers = {}): { handlers: Handlers; asked: Record<string, unknown>[] } {
  const asked: Record<string, unknown>[] = [];
  const handlers: Handlers = {
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: ['arn:api', 'arn:worker'] } }),
    DescribeServices: () => ({ body: { services: [service('api'), service('worker')] } }),
    DescribeTaskDefinition: () => ({
      body: { taskDefinition: { containerDefinitions: [{ name: 'worker', command: ['node', 'dist/worker.js'] }] } },
    }),
    RunTask: (input) => {
      asked.push(input);
      return { body: { tasks: [{ taskArn }], failures: [] } };
    },
    DescribeTasks: (_, call) => ({
      body: {
        tasks: [
          call < 2
            ? { taskArn, lastStatus: 'RUNNING' }
            : { taskArn, lastStatus: 'STOPPED', containers: [{ name: 'worker', ...container }] },
        ],
      },
    }),
    GetLogEvents: (input) =>
      input['nextToken'] === undefined
        ? { body: { events: [{ message: 'row 1\n', timestamp: 0 }], nextForwardToken: 'a' } }
        : { body: { events: [], nextForwardToken: 'a' } },
    StopTask: (input) => {
      asked.push(input);
      return { body: {} };
    },
    ...changes,
  };
  return { handlers, asked };
}

async function run(
  { handlers }: { readonly handlers: Handlers },
  signal = new AbortController().signal,
  process = 'worker',
  program: readonly string[] = ['node', 'x.js'],
) {
  await using aws = await startWireServer(handlers);
  const lines: string[] = [];
  const context = { clients: aws.clients, names, clock: instantly, outputs: async () => ({ oneOffTasks }) };
  const end = await runOnce(context, { process, program }, (line) => lines.push(line), signal);
  return { end, lines };
}

const oneOffTasks = {
  import: { taskDefinition: 'arn:import:3', subnets: ['subnet-2'], securityGroups: ['sg-2'], container: 'import' },
};

describe('a one-off by its name', () => {
  test('runs its own command, on its own task definition and network', async () => {
    const containers = [{ name: 'import', exitCode: 0 }];
    const DescribeTasks = () => ({ body: { tasks: [{ taskArn, lastStatus: 'STOPPED', containers }] } });
    const cloud = ecs({}, { DescribeTasks });

    const { end } = await run(cloud, undefined, 'import', []);

    expect(end).toEqual({ process: 'import', task: '1111', exitCode: 0 });
    expect(cloud.asked).toMatchObject([
      {
        taskDefinition: 'arn:import:3',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-2'], securityGroups: ['sg-2'] } },
      },
    ]);
    expect(cloud.asked[0]).not.toHaveProperty('overrides');
  });

  test('is not what another process is: that needs a program', async () => {
    await expect(run(ecs({}), undefined, 'worker', [])).rejects.toMatchObject({ code: 'PROGRAM_MISSING' });
  });
});

describe('a one-off task', () => {
  test('is of the process’s task definition and network, with its own command, and gives its lines once', async () => {
    const cloud = ecs({ exitCode: 7 });
    const { end, lines } = await run(cloud);

    expect(end).toEqual({ process: 'worker', task: '1111', exitCode: 7 });
    expect(lines).toEqual(['row 1']);
    expect(cloud.asked).toMatchObject([
      {
        cluster: 'nest-fargate-prod',
        taskDefinition: definition,
        launchType: 'FARGATE',
        networkConfiguration,
        startedBy: 'stack-run',
        overrides: { containerOverrides: [{ name: 'worker', command: ['node', 'x.js'] }] },
      },
    ]);
  });

  test('that never ran has no exit code, but a reason', async () => {
    await expect(run(ecs({ reason: 'CannotPullContainerError' }))).rejects.toMatchObject({
      code: 'RUN_NOT_STARTED',
      message: 'The program never ran: CannotPullContainerError.',
    });
  });

  test('that ECS does not place is reported with its reasons', async () => {
    const failures = [{ reason: 'RESOURCE:FARGATE' }];
    const cloud = ecs({}, { RunTask: () => ({ body: { tasks: [], failures } }) });
    await expect(run(cloud)).rejects.toMatchObject({
      code: 'RUN_NOT_STARTED',
      message: 'ECS started no task: RESOURCE:FARGATE.',
    });
  });

  test('is stopped when the command is interrupted', async () => {
    const interruption = new AbortController();
    const cloud = ecs(
      {},
      {
        DescribeTasks: () => {
          interruption.abort();
          return { body: { tasks: [{ taskArn, lastStatus: 'RUNNING' }] } };
        },
      },
    );
    await expect(run(cloud, interruption.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(cloud.asked.at(-1)).toMatchObject({ task: taskArn, reason: 'interrupted' });
  });

  test('of a process that does not run is refused with the names of those that do', async () => {
    await expect(run(ecs({}), undefined, 'cron')).rejects.toMatchObject({
      code: 'PROCESS_UNKNOWN',
      remedy: 'Name one of: api, worker.',
    });
  });
});
