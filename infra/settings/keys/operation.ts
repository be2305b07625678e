import { settingGroup, whenSet } from './group.ts';
import { choice, flag, oneOf, optionalText } from './schema.ts';

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const operation = settingGroup('Operation', {
  deletionProtection: flag('deletionProtection', {
    description:
      'Prevents deletion of the database, Valkey, the load balancer and the encryption key, and of a registry or log bucket that is not empty.',
    default: true,
    change: 'in place',
  }),
  /** Absent: the environment lasts. */
  expiry: whenSet({
    at: optionalText('expires', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/, {
      description:
        'When `stack prune` may remove this environment with all its data; requires madeFrom. Written by `up --expires`, into a stack file that git ignores.',
      rule: 'a time in UTC, such as 2026-12-24T18:00:00Z',
      example: '2026-12-24T18:00:00Z',
      change: 'none',
    }),
    from: optionalText('madeFrom', /^[a-z][a-z0-9-]{0,19}$/, {
      description:
        'Environment whose settings an environment that expires was made from. Its resources on AWS have it as the tag MadeFrom.',
      rule: 'the name of another environment, as in Pulumi.<environment>.yaml',
      example: 'staging',
      change: 'in place',
    }),
  }),
  /** Target local alone knows what it does without. */
  localEmulator: flag('localEmulator', {
    description:
      'On target local, runs MiniStack in place of the S3 buckets and SQS queues that an app brings along in stack.resources.ts. `false`: they are left out by name, with the variables that need them. Without such resources nothing is started.',
    default: true,
    change: 'none',
  }),
  observability: {
    logRetentionDays: oneOf('logRetentionDays', logRetentionDays, {
      description: 'Retention of logs in CloudWatch.',
      unit: 'days',
      default: 30,
      change: 'in place',
    }),
    containerInsights: choice('containerInsights', ['disabled', 'enabled', 'enhanced'], {
      description:
        'Container Insights of the cluster, billed by metric: `enabled` for each service, `enhanced` for each task as well.',
      default: 'enabled',
      change: 'in place',
    }),
    alarmEmail: optionalText('alarmEmail', /^[^\s@]+@[^\s@]+\.[^\s@]+$/, {
      description: 'Email address that receives alarms. AWS asks it to confirm the subscription.',
      rule: 'an email address',
      example: 'ops@example.com',
      change: 'in place',
    }),
    alarmSlack: whenSet({
      teamId: optionalText('alarmSlackTeamId', /^T[A-Z0-9]{6,20}$/, {
        description:
          'Slack workspace that receives alarms; requires alarmSlackChannelId. First authorize Amazon Q Developer in chat applications for it, once, in the AWS console.',
        rule: 'a workspace ID: T followed by uppercase letters and digits',
        example: 'T07EA123LEP',
        change: 'in place',
      }),
      channelId: optionalText('alarmSlackChannelId', /^[CG][A-Z0-9]{6,20}$/, {
        description: 'Slack channel that receives alarms. Invite @Amazon Q to a private channel.',
        rule: 'a channel ID: C or G followed by uppercase letters and digits',
        example: 'C07EZ1ABC23',
        change: 'in place',
      }),
    }),
  },
  encryption: choice('encryption', ['aws-managed', 'customer-managed'], {
    description:
      'KMS keys that encrypt data at rest. `customer-managed`: a key for this environment, rotated every year, whose policy says who may use it.',
    default: 'aws-managed',
    change: 'replace',
    source:
      'RDS and ECR accept a key only at creation: choose before the first up. ELB writes access logs only to buckets encrypted with S3 managed keys.',
  }),
});
