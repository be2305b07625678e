import { EventRule } from '@pulumi/aws/cloudwatch/eventRule.js';
import { EventTarget } from '@pulumi/aws/cloudwatch/eventTarget.js';
import { LogResourcePolicy } from '@pulumi/aws/cloudwatch/logResourcePolicy.js';
import * as pulumi from '@pulumi/pulumi';
import type { Cluster } from '../compute/cluster.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName, stoppedTasksLog } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

export interface StoppedTasksArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly cluster: Pick<Cluster, 'arn'>;
}

/**
 * Keeps what ECS says of tasks that stopped, because ECS itself forgets them after about an hour: why, and with which exit
 * codes. `stack status`, `stack incident` and the error of a failed command read it. In a cluster with tasks of others,
 * those whose task definitions have the names of this environment.
 *
 * Cost: CloudWatch Logs per GB, about 3 KB for each task that stops. Events of AWS services are free.
 * Change: nothing here restarts anything.
 */
export class StoppedTasks extends pulumi.ComponentResource {
  constructor(name: string, args: StoppedTasksArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:StoppedTasks', name, {}, opts);
    const { naming, cluster } = args;
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
              Condition: { ArnEquals: { 'aws:SourceArn': rule.arn } },
            },
          ],
        }),
      },
      { parent: this },
    );
    // No role: EventBridge writes to CloudWatch Logs by the policy of the log group alone.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    new EventTarget(name, { rule: rule.name, targetId: 'log', arn: log.arn }, { parent: this, dependsOn: [policy] });
    this.registerOutputs({});
  }
}

/** `arn:aws:ecs:<region>:<account>:task-definition/nest-fargate-staging-` */
function definitionsOf(clusterArn: string, { prefix }: Naming): string {
  return clusterArn.replace(/:cluster\/.*$/, `:task-definition/${prefix}-`);
}
