import { Topic } from '@pulumi/aws/sns/topic.js';
import { TopicSubscription } from '@pulumi/aws/sns/topicSubscription.js';
import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from './encryption.ts';
import { type Naming, physicalName } from './naming.ts';
import type { Settings } from './settings.ts';

export interface NotificationsArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/**
 * The topic that every alarm reports to, and who is told.
 *
 * Cost: next to nothing.
 * Change: `alarmEmail` replaces the subscription; AWS asks the new address to confirm.
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
    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}
