import { SlackChannelConfiguration } from '@pulumi/aws/chatbot/slackChannelConfiguration.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { Topic } from '@pulumi/aws/sns/topic.js';
import { TopicSubscription } from '@pulumi/aws/sns/topicSubscription.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

export interface NotificationsArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/**
 * The topic that every alarm reports to, and who is told.
 *
 * Cost: next to nothing.
 * Change: `alarmEmail` replaces the subscription; AWS asks the new address to confirm. The Slack channel is changed in place.
 */
export class Notifications extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: NotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Notifications', name, {}, opts);
    const { settings, naming, encryption } = args;
    const { keyArn } = encryption;
    // Not encrypted with the AWS-managed key: CloudWatch may not use that key, and its alarms would be lost.
    const topic = new Topic(
      name,
      {
        name: physicalName(naming, 'alarms'),
        ...(keyArn === undefined ? {} : { kmsMasterKeyId: keyArn }),
        tags: naming.tags,
      },
      { parent: this },
    );
    const { alarmEmail } = settings.observability;
    if (alarmEmail !== undefined) {
      new TopicSubscription(
        `${name}-email`,
        { topic: topic.arn, protocol: 'email', endpoint: alarmEmail },
        { parent: this },
      );
    }
    tellSlack(name, args, topic, this);
    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/**
 * Alarms in a channel. Whoever is in it can ask the service for things, as the channel's role: it may do nothing, and
 * the guardrail says so once more, because AWS's own default for it is AdministratorAccess.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
 */
function tellSlack(name: string, { settings, naming }: NotificationsArgs, topic: Topic, parent: pulumi.Resource): void {
  const { alarmSlack } = settings.observability;
  if (alarmSlack === undefined) return;
  const role = new Role(
    `${name}-slack`,
    {
      name: physicalName(naming, 'alarms-slack', 'role'),
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'chatbot.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
      tags: naming.tags,
    },
    { parent },
  );
  new SlackChannelConfiguration(
    `${name}-slack`,
    {
      configurationName: physicalName(naming, 'alarms'),
      slackTeamId: alarmSlack.teamId,
      slackChannelId: alarmSlack.channelId,
      snsTopicArns: [topic.arn],
      iamRoleArn: role.arn,
      guardrailPolicyArns: [`arn:${partitionOf(settings.region)}:iam::aws:policy/AWSDenyAll`],
      loggingLevel: 'ERROR',
      tags: naming.tags,
    },
    { parent },
  );
}
