import { CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { Credentials } from '../../foundation/credentials.ts';
import { MigrationError, type MigrationInputs, type MigrationTasks, type TaskState } from './run.ts';

/** Distinguishes migration tasks from tasks that people start. */
const startedBy = 'stack-migration';
const linesShown = 50;

/** Throttling is common during a stack update, so the SDK retries. */
const retry = { maxAttempts: 8, retryMode: 'adaptive' } as const;
/** Of each attempt: a connection that a firewall has cut is waited for without end otherwise. The SDK only warns by default. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const;

/** Runs migration tasks on ECS and reads their logs from CloudWatch. */
export function ecsMigrationTasks(region: string, credentials?: Credentials): MigrationTasks {
  const config = { region, ...retry, requestHandler, ...(credentials === undefined ? {} : { credentials }) };
  const ecs = new ECSClient(config);
  const logs = new CloudWatchLogsClient(config);
  return {
    findRunning: (inputs) => findRunning(ecs, inputs),
    start: (inputs) => start(ecs, inputs),
    describe: (inputs, taskArn) => describe(ecs, inputs, taskArn),
    stop: async ({ cluster }, task, reason) => {
      await ecs.send(new StopTaskCommand({ cluster, task, reason }));
    },
    lastLines: (inputs, taskArn) => lastLines(logs, inputs, taskArn),
  };
}

async function findRunning(ecs: ECSClient, { cluster, taskDefinition }: MigrationInputs): Promise<string | undefined> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy, desiredStatus: 'RUNNING' }));
  if (taskArns.length === 0) return undefined;
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.find((task) => task.taskDefinitionArn === taskDefinition)?.taskArn;
}

async function start(ecs: ECSClient, inputs: MigrationInputs): Promise<string> {
  const { tasks = [], failures = [] } = await ecs.send(
    new RunTaskCommand({
      cluster: inputs.cluster,
      taskDefinition: inputs.taskDefinition,
      launchType: 'FARGATE',
      startedBy,
      // In a cluster with tasks of others, permission to stop one depends on its tags.
      propagateTags: 'TASK_DEFINITION',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...inputs.subnets],
          securityGroups: [...inputs.securityGroups],
          assignPublicIp: 'DISABLED',
        },
      },
    }),
  );
  const taskArn = tasks[0]?.taskArn;
  if (taskArn !== undefined) return taskArn;
  const reasons = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '));
  throw new MigrationError(`The migration failed: ECS did not start its task (${reasons.join('; ')}).`);
}

async function describe(
  ecs: ECSClient,
  { cluster, containerName }: MigrationInputs,
  taskArn: string,
): Promise<TaskState> {
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
  const task = tasks[0];
  // DescribeTasks is eventually consistent: a new task may be missing for a moment.
  if (task === undefined) return { stopped: false, reason: 'not visible yet' };
  const container = task.containers?.find(({ name }) => name === containerName);
  return {
    stopped: task.lastStatus === 'STOPPED',
    ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    reason: container?.reason ?? task.stoppedReason ?? 'no reason given',
  };
}

async function lastLines(
  logs: CloudWatchLogsClient,
  { logGroup, containerName }: MigrationInputs,
  taskArn: string,
): Promise<readonly string[]> {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  try {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: logGroup,
        // <awslogs-stream-prefix>/<container>/<task>: the prefix is the container's name.
        logStreamName: `${containerName}/${containerName}/${taskId}`,
        limit: linesShown,
        startFromHead: false,
      }),
    );
    return events.map(({ message }) => message ?? '');
  } catch (error) {
    // A container that never started has no log stream.
    if (error instanceof ResourceNotFoundException) return [];
    return [`(failed to read its log: ${error instanceof Error ? error.message : String(error)})`];
  }
}
