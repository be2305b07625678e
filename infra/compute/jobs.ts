import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import { Schedule } from '@pulumi/aws/scheduler/schedule.js';
import { ScheduleGroup } from '@pulumi/aws/scheduler/scheduleGroup.js';
import * as pulumi from '@pulumi/pulumi';
import { physicalName, runsOf } from '../foundation/naming.ts';
import type { Process } from '../manifest/app.ts';
import { eventBridgeCron } from '../manifest/cron.ts';
import { processesOf, type SizedProcess } from '../manifest/processes.ts';
import type { Migration } from './migration/migration.ts';
import { Task, type TaskArgs } from './task.ts';

export interface JobsArgs extends TaskArgs {
  /** No task of a release starts before its migrations have finished. */
  readonly after: Migration;
}

/** A process that runs to its end, with what starts it. */
export interface Job extends SizedProcess {
  readonly task: Task;
}

/** What the app runs on a schedule, and what people run by name. */
export function createJobs(args: JobsArgs): readonly Job[] {
  const processes = processesOf(args.settings, args.app);
  if (!processes.some(({ kind }) => kind === 'schedule')) return withoutSchedule(processes, args);
  // CloudWatch counts the starts that failed for a group, and the default one has schedules of others.
  const { naming } = args;
  const group = new ScheduleGroup('schedules', { name: physicalName(naming, ''), tags: naming.tags });
  return processes.flatMap((process) =>
    process.kind === 'schedule'
      ? [{ ...process, task: new ScheduledJob(process.name, { ...args, group }).task }]
      : withoutSchedule([process], args),
  );
}

function withoutSchedule(processes: readonly SizedProcess[], args: JobsArgs): readonly Job[] {
  return processes
    .filter(({ kind }) => kind === 'once')
    .map((process) => ({ ...process, task: new Task(process.name, args) }));
}

/** What `run` needs to start one, on a schedule or not: the stack's output `oneOffTasks`, by name. */
export function oneOffs(jobs: readonly Job[], { network }: Pick<TaskArgs, 'network'>) {
  return Object.fromEntries(
    jobs.map(({ name, task }) => [
      name,
      {
        taskDefinition: task.definitionArn,
        subnets: network.privateSubnetIds,
        securityGroups: [task.securityGroup.id],
        container: name,
        logGroup: task.logGroupName,
      },
    ]),
  );
}

interface ScheduledJobArgs extends JobsArgs {
  readonly group: ScheduleGroup;
}

/**
 * Runs a task of the release at the times of a cron expression. EventBridge Scheduler starts it, whether or not the run
 * before has ended; one that could not be started is tried again within the hour. Alarms: infra/observability/alarms/jobs.ts.
 *
 * Cost: the tasks, for as long as they run. The first 14 million starts of a month are free.
 * Change: a new task definition is what the next run starts. A run in progress ends as it began.
 */
class ScheduledJob extends pulumi.ComponentResource {
  readonly task: Task;

  constructor(name: Process, args: ScheduledJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:ScheduledJob', name, {}, opts);
    const { naming, cluster, network, after, group } = args;
    this.task = new Task(name, args, { parent: this });
    const { role, policy } = createRole(name, args, this.task, this);
    const { cron = '', timeZone = 'UTC' } = args.app.processes[name]?.schedule ?? {};
    new Schedule(
      name,
      {
        name: physicalName(naming, name),
        groupName: group.name,
        description: `Starts ${name}`,
        scheduleExpression: eventBridgeCron(cron),
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: cluster.arn,
          roleArn: role.arn,
          ecsParameters: {
            taskDefinitionArn: this.task.definitionArn,
            launchType: 'FARGATE',
            taskCount: 1,
            networkConfiguration: {
              subnets: network.privateSubnetIds,
              securityGroups: [this.task.securityGroup.id],
              assignPublicIp: false,
            },
            propagateTags: 'TASK_DEFINITION',
            // Tells its runs from those that a person starts.
            group: runsOf(naming, name),
          },
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
        },
      },
      { parent: this, dependsOn: [after, ...this.task.ready, policy] },
    );
    this.registerOutputs({});
  }
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html */
function createRole(
  name: Process,
  { naming, boundary, group, cluster }: ScheduledJobArgs,
  task: Task,
  parent: pulumi.Resource,
) {
  const role = new Role(
    `${name}-schedule`,
    {
      name: physicalName(naming, `${name}-schedule`, 'role'),
      assumeRolePolicy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: {
              ArnEquals: { 'aws:SourceArn': group.arn },
            },
          },
        ],
      }),
      ...boundary.ofRole,
      tags: naming.tags,
    },
    { parent },
  );
  const policy = new RolePolicy(
    `${name}-schedule`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            // Any revision: while a new one is registered, the schedule still starts the last.
            Sid: 'StartTask',
            Effect: 'Allow',
            Action: 'ecs:RunTask',
            Resource: task.definitionArn.apply((arn) => arn.replace(/:\d+$/, ':*')),
            Condition: { ArnEquals: { 'ecs:cluster': cluster.arn } },
          },
          {
            Sid: 'TagTask',
            Effect: 'Allow',
            Action: 'ecs:TagResource',
            Resource: cluster.arn.apply((arn) => `${arn.replace(':cluster/', ':task/')}/*`),
            Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
          },
          {
            Sid: 'PassRoles',
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: [task.taskRole.arn, task.executionRole.arn],
            Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          },
        ],
      }),
    },
    { parent },
  );
  return { role, policy };
}
