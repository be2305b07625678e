import { FilterLogEventsCommand, ResourceNotFoundException } from '@aws-sdk/client-cloudwatch-logs';
import type { Task } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { userErrorOf } from '../messages/known-error.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { stoppedOfFamily, tasksOf } from './services.ts';

/** A task that has stopped, as far as it says why. */
export interface StoppedTask {
  readonly taskArn: string;
  readonly definition: string;
  /** Milliseconds since the epoch. */
  readonly stoppedAt: number;
  readonly reason: string;
  readonly containers: readonly StoppedContainer[];
}

export interface StoppedContainer {
  readonly name: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

export interface StoppedTasks {
  /** Latest first. */
  readonly tasks: readonly StoppedTask[];
  /** Why older ones are not known; absent: they are. */
  readonly unknown?: string;
}

type Platform = Pick<AwsClients, 'ecs' | 'logs'>;

/** Within which the events are searched: the first that has any counts, so that a quiet week is not read for a noisy hour. */
const windowsInHours = [24, 24 * 7];
/** Of up to a megabyte each. */
const mostPages = 10;

/**
 * The tasks of a service that stopped: those that ECS still has, which is about an hour, and those of the past week whose
 * events are kept in the log group of the environment.
 *
 * @param enough how many are wanted; the log is read only where ECS has fewer
 * @param now milliseconds since the epoch
 */
export async function stoppedTasksOf(
  clients: Platform,
  names: Pick<AwsNames, 'cluster' | 'stoppedTasks'>,
  service: string,
  { enough, now }: { readonly enough: number; readonly now: number },
): Promise<StoppedTasks> {
  const recent = (await tasksOf(clients, names.cluster, service, 'STOPPED')).map(stoppedTask);
  return await withKept(clients, names, recent, { group: `service:${service}`, enough, now });
}

/**
 * The runs of a scheduled process that have ended, as {@link stoppedTasksOf}. Those that a person started are not among
 * them.
 */
export async function endedRunsOf(
  clients: Platform,
  names: Pick<AwsNames, 'cluster' | 'stoppedTasks' | 'service' | 'runs'>,
  process: string,
  now: number,
): Promise<StoppedTasks> {
  const group = names.runs(process);
  const all = await stoppedOfFamily(clients, names.cluster, names.service(process));
  const recent = all.filter((task) => task.group === group).map(stoppedTask);
  return await withKept(clients, names, recent, { group, enough: 1, now });
}

function stoppedTask(task: Task): StoppedTask {
  const { taskArn = '', taskDefinitionArn = '', stoppedAt, stoppedReason = '', containers = [] } = task;
  return {
    taskArn,
    definition: taskDefinitionArn,
    stoppedAt: stoppedAt?.getTime() ?? 0,
    reason: stoppedReason,
    containers: containers.map(({ name = '', exitCode, reason }) => ({
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}

async function withKept(
  clients: Platform,
  names: Pick<AwsNames, 'stoppedTasks'>,
  recent: readonly StoppedTask[],
  { group, enough, now }: { readonly group: string; readonly enough: number; readonly now: number },
): Promise<StoppedTasks> {
  if (recent.length >= enough) return { tasks: latestFirst(recent) };
  const kept = await keptEvents(clients, names, group, now);
  if ('unknown' in kept) return { tasks: latestFirst(recent), unknown: kept.unknown };
  const known = new Set(recent.map(({ taskArn }) => taskArn));
  return { tasks: latestFirst([...recent, ...kept.tasks.filter(({ taskArn }) => !known.has(taskArn))]) };
}

function latestFirst(tasks: readonly StoppedTask[]): readonly StoppedTask[] {
  return tasks.toSorted((a, b) => b.stoppedAt - a.stoppedAt);
}

async function keptEvents(
  clients: Platform,
  { stoppedTasks: logGroupName }: Pick<AwsNames, 'stoppedTasks'>,
  group: string,
  now: number,
): Promise<{ readonly tasks: readonly StoppedTask[] } | { readonly unknown: string }> {
  try {
    for (const hours of windowsInHours) {
      const tasks = await eventsSince(clients, { logGroupName, group, since: now - hours * 3_600_000 });
      if (tasks.length > 0) return { tasks };
    }
    return { tasks: [] };
  } catch (error) {
    const known = userErrorOf(error);
    if (error instanceof ResourceNotFoundException || known?.cause instanceof ResourceNotFoundException) {
      return { unknown: `there is no log group ${logGroupName} yet: the next update of the stack creates it` };
    }
    if (known === undefined) throw error;
    return { unknown: known.message };
  }
}

interface Asked {
  readonly logGroupName: string;
  readonly group: string;
  readonly since: number;
}

/** A task can have several events: its last one counts. */
async function eventsSince({ logs }: Platform, { logGroupName, group, since }: Asked): Promise<readonly StoppedTask[]> {
  const byTask = new Map<string, StoppedTask>();
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await talkToAws(() =>
      logs.send(
        new FilterLogEventsCommand({
          logGroupName,
          startTime: since,
          filterPattern: `{ $.detail.group = "${group}" }`,
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      ),
    );
    for (const { message = '' } of answer.events ?? []) {
      const task = parseEvent(message, group);
      if (task !== undefined) byTask.set(task.taskArn, task);
    }
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return [...byTask.values()];
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
const event = z.object({
  time: z.string().optional(),
  detail: z.object({
    group: z.string(),
    lastStatus: z.literal('STOPPED'),
    taskArn: z.string(),
    taskDefinitionArn: z.string().default(''),
    stoppedAt: z.string().optional(),
    stoppedReason: z.string().default(''),
    containers: z
      .array(z.object({ name: z.string(), exitCode: z.number().optional(), reason: z.string().optional() }))
      .default([]),
  }),
});

/** `undefined` for what is no event of that group: a line that somebody else has written, say. */
export function parseEvent(message: string, group: string): StoppedTask | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  const { success, data } = event.safeParse(value);
  if (!success || data.detail.group !== group) return undefined;
  const { taskArn, taskDefinitionArn, stoppedAt, stoppedReason, containers } = data.detail;
  return {
    taskArn,
    definition: taskDefinitionArn,
    stoppedAt: Date.parse(stoppedAt ?? data.time ?? '') || 0,
    reason: stoppedReason,
    containers: containers.map(({ name, exitCode, reason }) => ({
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}
