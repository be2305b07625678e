import { EventRule } from '@pulumi/aws/cloudwatch/eventRule.js';
import { EventTarget } from '@pulumi/aws/cloudwatch/eventTarget.js';
import { LogResourcePolicy } from '@pulumi/aws/cloudwatch/logResourcePolicy.js';
import * as pulumi from '@pulumi/pulumi';
import type { Cluster } from '../compute/cluster.ts';
import type { Job } from '../compute/jobs.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName, runsOf, stoppedTasksLog } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

export interface StoppedTasksArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly cluster: Pick<Cluster, 'arn'>;
  readonly jobs: readonly Job[];
}

/**
 * Keeps what ECS says of tasks that stopped, because ECS itself forgets them after about an hour: why, and with which exit
 * codes. `stack status`, `stack incident` and the error of a failed command read it. In a cluster with tasks of others,
 * those whose task definitions have the names of this environment.
 *
 * Failed runs of a scheduled process match a rule of their own, because CloudWatch counts by rule: an alarm watches that.
 *
 * Cost: CloudWatch Logs per GB, about 3 KB for each task that stops. Events of AWS services are free.
 * Change: nothing here restarts anything.
 */
export class StoppedTasks extends pulumi.ComponentResource {
  constructor(name: string, args: StoppedTasksArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:StoppedTasks', name, {}, opts);
    const { naming, cluster, jobs } = args;
    const log = createLogGroup(name, { ...args, logGroupName: stoppedTasksLog(naming) }, this);
    const rule = new EventRule(
      name,
      {
        name: physicalName(naming, 'stopped-tasks'),
        description: 'Tasks that stopped, for whoever asks why after ECS has forgotten them',
        eventPattern: pulumi.jsonStringify({
          source: ['aws.ecs'],
          'detail-type': ['ECS Task State Change'],
          detail: {
            clusterArn: [cluster.arn],
            lastStatus: ['STOPPED'],
            taskDefinitionArn: [{ prefix: cluster.arn.apply((arn) => definitionsOf(arn, naming)) }],
          },
        }),
        tags: naming.tags,
      },
      { parent: this },
    );
    const failures = jobs
      .filter(({ kind }) => kind === 'schedule')
      .map(({ name: process }) => ({ process, rule: createFailedRunsRule(process, args, this) }));
    // Of the log group, not of the account, which can have ten: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
    const policy = new LogResourcePolicy(
      name,
      {
        resourceArn: log.arn,
        policyDocument: pulumi.jsonStringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
              Action: 'logs:CreateLogStream',
              Resource: pulumi.interpolate`${log.arn}:*`,
            },
            {
              Effect: 'Allow',
              Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
              Action: 'logs:PutLogEvents',
              Resource: pulumi.interpolate`${log.arn}:*`,
              Condition: {
                ArnEquals: {
                  'aws:SourceArn':
                    failures.length === 0 ? rule.arn : [rule.arn, ...failures.map((failed) => failed.rule.arn)],
                },
              },
            },
          ],
        }),
      },
      { parent: this },
    );
    // No role: EventBridge writes to CloudWatch Logs by the policy of the log group alone.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    const target = { targetId: 'log', arn: log.arn };
    const after = { parent: this, dependsOn: [policy] };
    new EventTarget(name, { ...target, rule: rule.name }, after);
    // A rule is counted only where it has a target. The log has these events twice, and readers take each task once.
    for (const failed of failures) {
      new EventTarget(`${failed.process}-failed`, { ...target, rule: failed.rule.name }, after);
    }
    this.registerOutputs({});
  }
}

/** Name of the rule that failed runs of a scheduled process match. */
export function failedRunsRule(naming: Naming, process: string): string {
  return physicalName(naming, `${process}-failed`);
}

/**
 * A run fails unless its own container ends with 0; how sidecars end does not matter. Values of an array match within one
 * of its elements: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
 */
function createFailedRunsRule(
  process: string,
  { naming, cluster }: Pick<StoppedTasksArgs, 'naming' | 'cluster'>,
  parent: pulumi.Resource,
): EventRule {
  return new EventRule(
    `${process}-failed`,
    {
      name: failedRunsRule(naming, process),
      description: `Runs of ${process} that failed, for their alarm`,
      eventPattern: pulumi.jsonStringify({
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          clusterArn: [cluster.arn],
          lastStatus: ['STOPPED'],
          group: [runsOf(naming, process)],
          $or: [
            // It did not start, or somebody or the platform stopped it.
            { stopCode: [{ 'anything-but': ['EssentialContainerExited'] }] },
            { containers: { name: [process], exitCode: [{ 'anything-but': [0] }] } },
          ],
        },
      }),
      tags: naming.tags,
    },
    { parent },
  );
}

/** `arn:aws:ecs:<region>:<account>:task-definition/nest-fargate-staging-` */
function definitionsOf(clusterArn: string, { prefix }: Naming): string {
  return clusterArn.replace(/:cluster\/.*$/, `:task-definition/${prefix}-`);
}
