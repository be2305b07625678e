import { SlackChannelConfiguration } from '@pulumi/aws/chatbot/slackChannelConfiguration.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { Topic } from '@pulumi/aws/sns/topic.js';
import { TopicSubscription } from '@pulumi/aws/sns/topicSubscription.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import type { Settings } from '../settings/settings.ts';

export interface NotificationsArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
}

/**
 * The SNS topic of all alarms, and its subscribers.
 *
 * Cost: cents per month.
 * Change: `alarmEmail` replaces the subscription, and AWS asks the new address to confirm it. The Slack channel changes in
 * place.
 */
export class Notifications extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  /** What alarms put before the name of a runbook: a URL where the repository is known, else the folder. */
  readonly runbooks: string;

  constructor(name: string, args: NotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Notifications', name, {}, opts);
    const { settings, naming, encryption } = args;
    const { keyArn } = encryption;
    // Not encrypted with the AWS managed key: CloudWatch may not use it, so alarms would be lost.
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
    notifySlack(name, args, topic, this);
    this.topicArn = topic.arn;
    this.runbooks = runbooksOf(settings);
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function runbooksOf({ github }: Settings): string {
  const folder = 'docs/runbooks';
  // Where GitHub identifies repositories by ID, their names have one that no address has.
  return github === undefined
    ? folder
    : `https://github.com/${github.repository.replaceAll(/@\d+/g, '')}/blob/HEAD/${folder}`;
}

/**
 * Sends alarms to a Slack channel. Members of the channel can run commands with the channel's role, so the role has no
 * permissions and the guardrail denies everything: its default is AdministratorAccess.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
 */
function notifySlack(
  name: string,
  { settings, naming, boundary }: NotificationsArgs,
  topic: Topic,
  parent: pulumi.Resource,
): void {
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
      ...boundary.ofRole,
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
