import { GetLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTasksCommand, RunTaskCommand, type Service, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { insteadOf } from '../../../infra/compute/container/definition.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Clock } from '../../release/clock.ts';
import { interrupted } from '../../release/interruption.ts';
import { needsProgram, type OneOffEnd, type RunRequest } from '../../release/operations.ts';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import type { AwsNames } from '../names.ts';
import { activeServices, clusterExists, describeTaskDefinition, idOf, primaryDeployment } from '../services.ts';
import { serviceOf } from './tasks.ts';

/** Distinguishes one-off tasks from those of services and from migrations. */
const startedBy = 'stack-run';
const pollMilliseconds = 2_000;
/** Lines that a task wrote last may come after its end. */
const pollsAfterEnd = 3;

export interface RunContext {
  readonly clients: Pick<AwsClients, 'ecs' | 'logs'>;
  readonly names: AwsNames;
  readonly clock: Clock;
  /** Outputs of the stack, which have the one-offs. */
  readonly outputs: () => Promise<Readonly<Record<string, unknown>>>;
}

const oneOffs = z.record(
  z.string(),
  z.object({
    taskDefinition: z.string(),
    subnets: z.array(z.string()),
    securityGroups: z.array(z.string()),
    container: z.string(),
  }),
);

/** What a task is started from. */
interface Source {
  readonly process: string;
  readonly taskDefinition: string;
  readonly networkConfiguration: Service['networkConfiguration'];
}

async function sourceOf(context: RunContext, { process: asked, program }: RunRequest): Promise<Source> {
  const { clients, names, outputs } = context;
  const services = (await clusterExists(clients, names.cluster)) ? await activeServices(clients, names) : [];
  const isService = services.some(({ serviceName = '' }) => names.shortName(serviceName) === asked);
  // Only a name that is no service's is looked for in the state, which takes the engine.
  const found =
    asked === undefined || isService ? undefined : oneOffs.catch({}).parse((await outputs())['oneOffTasks'])[asked];
  if (asked !== undefined && found !== undefined) {
    const { subnets, securityGroups, taskDefinition } = found;
    const awsvpcConfiguration = { subnets, securityGroups, assignPublicIp: 'DISABLED' as const };
    return { process: asked, taskDefinition, networkConfiguration: { awsvpcConfiguration } };
  }
  if (program.length === 0) throw needsProgram(asked);
  const { process, service } = await serviceOf(clients, names, asked, 'to take image and variables from');
  return {
    process,
    taskDefinition: primaryDeployment(service)?.taskDefinition ?? service.taskDefinition ?? '',
    networkConfiguration: service.networkConfiguration,
  };
}

/** A Fargate task of the service's task definition and network, with another command. */
export async function runOnce(
  context: RunContext,
  request: RunRequest,
  show: (line: string) => void,
  signal: AbortSignal,
): Promise<OneOffEnd> {
  return talkToAws(async () => {
    const { clients, names, clock } = context;
    const source = await sourceOf(context, request);
    const { process } = source;
    signal.throwIfAborted();
    const taskArn = await start(context, source, request.program);
    const log = new TaskLog(context, process, idOf(taskArn), show);
    let task: Task | undefined;
    while (task?.lastStatus !== 'STOPPED') {
      if (signal.aborted) {
        await clients.ecs.send(new StopTaskCommand({ cluster: names.cluster, task: taskArn, reason: 'interrupted' }));
        throw interrupted(`Its task ${idOf(taskArn)} is being stopped.`);
      }
      await clock.sleep(pollMilliseconds, signal).catch(() => undefined);
      task = (await clients.ecs.send(new DescribeTasksCommand({ cluster: names.cluster, tasks: [taskArn] })))
        .tasks?.[0];
      await log.read();
    }
    for (let poll = 0; poll < pollsAfterEnd; poll += 1) {
      await clock.sleep(pollMilliseconds, signal).catch(() => undefined);
      await log.read();
    }
    return { process, task: idOf(taskArn), exitCode: exitCodeOf(task, process) };
  });
}

async function start(
  { clients, names }: RunContext,
  { process, taskDefinition, networkConfiguration }: Source,
  program: readonly string[],
): Promise<string> {
  const definition = await describeTaskDefinition(clients, taskDefinition);
  const container = definition?.containerDefinitions?.find(({ name }) => name === process);
  const { tasks = [], failures = [] } = await clients.ecs.send(
    new RunTaskCommand({
      cluster: names.cluster,
      taskDefinition,
      // Not Spot, which may end it at any time.
      launchType: 'FARGATE',
      networkConfiguration,
      ...(program.length === 0
        ? {}
        : {
            overrides: {
              containerOverrides: [{ name: process, command: [...insteadOf(container?.command ?? [], program)] }],
            },
          }),
      startedBy,
      enableECSManagedTags: true,
      tags: Object.entries(names.tags).map(([key, value]) => ({ key, value })),
    }),
  );
  const arn = tasks[0]?.taskArn;
  if (arn !== undefined) return arn;
  const reasons = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': '));
  throw new UserError({
    code: 'RUN_NOT_STARTED',
    message: `ECS started no task: ${reasons.join('; ') || 'no reason given'}.`,
    remedy: 'Nothing ran.',
  });
}

function exitCodeOf({ containers = [], stoppedReason = 'no reason given' }: Task, process: string): number {
  const container = containers.find(({ name }) => name === process);
  if (container?.exitCode !== undefined) return container.exitCode;
  throw new UserError({
    code: 'RUN_NOT_STARTED',
    message: `The program never ran: ${container?.reason ?? stoppedReason}.`,
    remedy: 'Nothing ran.',
  });
}

/** The lines of one task, each once. */
class TaskLog {
  readonly #context: RunContext;
  readonly #process: string;
  readonly #task: string;
  readonly #show: (line: string) => void;
  #token: string | undefined;

  constructor(context: RunContext, process: string, task: string, show: (line: string) => void) {
    this.#context = context;
    this.#process = process;
    this.#task = task;
    this.#show = show;
  }

  async read(): Promise<void> {
    const { clients, names } = this.#context;
    for (;;) {
      const page = await clients.logs
        .send(
          new GetLogEventsCommand({
            logGroupName: names.logGroup(this.#process),
            logStreamName: `${this.#process}/${this.#process}/${this.#task}`,
            startFromHead: true,
            ...(this.#token === undefined ? {} : { nextToken: this.#token }),
          }),
        )
        .catch((error: unknown) => {
          // A container that has not started yet has no stream.
          if (error instanceof ResourceNotFoundException) return { events: [], nextForwardToken: undefined };
          throw error;
        });
      for (const { message = '' } of page.events ?? []) this.#show(message.replace(/\n$/, ''));
      // At the end of a stream CloudWatch returns the token that it was given.
      const ended = page.nextForwardToken === undefined || page.nextForwardToken === this.#token;
      this.#token = page.nextForwardToken ?? this.#token;
      if (ended) return;
    }
  }
}
