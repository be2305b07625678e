import { Alias } from '@pulumi/aws/kms/alias.js';
import { Key } from '@pulumi/aws/kms/key.js';
import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import type { Settings } from '../settings/settings.ts';
import { accountIdOf } from './account.ts';
import { type Naming, physicalName } from './naming.ts';

export interface EncryptionArgs {
  readonly settings: Settings;
  readonly naming: Naming;
}

/** Services that use the key on behalf of their caller. */
const callers = ['ecr', 'elasticache', 'rds', 'secretsmanager', 'ssm'];

/**
 * The customer managed KMS key of the environment, if `encryption` is `customer-managed`. Encrypts Postgres, Valkey,
 * secrets, the image repository, logs, alarms and ECS Exec sessions. Not encrypted with it: access logs, because ELB
 * supports only SSE-S3 buckets, and the alarm topic of the outside check, which is in another region than the key.
 *
 * Cost: the key per month, and its requests.
 * Change: replaces the database and the image repository. Choose it before the first `up`; later it is refused while
 * `deletionProtection` is on. The key is deleted 30 days after its environment, unless something encrypted with it
 * outlives the environment: the image repository (`registryRetained`) or the final snapshot.
 */
export class Encryption extends pulumi.ComponentResource {
  /** Absent: AWS managed keys encrypt. */
  readonly keyArn?: pulumi.Output<string>;

  constructor(name: string, { settings, naming }: EncryptionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Encryption', name, {}, opts);
    if (settings.encryption === 'customer-managed') {
      const accountId = accountIdOf(this);
      const key = new Key(
        name,
        {
          description: `Data of ${naming.prefix}`,
          enableKeyRotation: true,
          deletionWindowInDays: 30,
          policy: pulumi.jsonStringify({
            Version: '2012-10-17',
            Statement: keyStatements({ settings, naming, accountId }),
          }),
          tags: naming.tags,
        },
        { parent: this, protect: settings.deletionProtection, retainOnDelete: isNeededAfterwards(settings) },
      );
      new Alias(name, { name: `alias/${physicalName(naming, '')}`, targetKeyId: key.keyId }, { parent: this });
      this.keyArn = key.arn;
    }
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/** Without its key nobody can pull from a registry that was kept, or restore a snapshot. */
function isNeededAfterwards({ release, database }: Settings): boolean {
  return release.registryRetained || database.finalSnapshot;
}

/**
 * In a key policy the resource `*` is the key itself. IAM policies of the account decide who administers the key. Services
 * get only the actions that they need, on behalf of this account.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
function keyStatements({
  settings,
  naming,
  accountId,
}: EncryptionArgs & { readonly accountId: pulumi.Output<string> }) {
  const { region } = settings;
  const partition = partitionOf(region);
  const account = { AWS: pulumi.interpolate`arn:${partition}:iam::${accountId}:root` };
  const throughServices = { 'kms:ViaService': callers.map((service) => viaService(service, region)) };
  const use = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];
  const reEncrypt = ['kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  return [
    { Sid: 'AdministerKey', Effect: 'Allow', Principal: account, Action: administration, Resource: '*' },
    {
      Sid: 'UseKeyThroughServices',
      Effect: 'Allow',
      Principal: account,
      // ECR retires its grant when a repository is deleted.
      // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
      Action: [...use, ...reEncrypt, 'kms:RetireGrant'],
      Resource: '*',
      Condition: { StringEquals: throughServices },
    },
    {
      Sid: 'GrantKeyToServices',
      Effect: 'Allow',
      Principal: account,
      Action: 'kms:CreateGrant',
      Resource: '*',
      Condition: { StringEquals: throughServices, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    {
      Sid: 'EncryptLogs',
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.amazonaws.com` },
      // kms:DescribeKey has no encryption context, so the condition would never hold for it.
      Action: [...use.filter((action) => action !== 'kms:DescribeKey'), ...reEncrypt],
      Resource: '*',
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': pulumi.interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:*${naming.prefix}*`,
        },
      },
    },
    {
      // Without this, alarms silently fail to reach the encrypted topic.
      Sid: 'EncryptAlarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
      Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
    },
    ...(settings.ecsExec ? [shellStatement(account)] : []),
  ];
}

/**
 * The agent in the task decrypts a data key that whoever opens the shell generates, neither of them through a service.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-logging
 */
function shellStatement(Principal: object) {
  const Action = ['kms:Decrypt', 'kms:GenerateDataKey'];
  return { Sid: 'EncryptShells', Effect: 'Allow', Principal, Action, Resource: '*' };
}

const administration: readonly string[] = Object.freeze(
  [
    'CancelKeyDeletion',
    'CreateAlias',
    'DeleteAlias',
    'DescribeKey',
    'DisableKey',
    'DisableKeyRotation',
    'EnableKey',
    'EnableKeyRotation',
    'GetKeyPolicy',
    'GetKeyRotationStatus',
    'ListGrants',
    'ListKeyPolicies',
    'ListResourceTags',
    'PutKeyPolicy',
    'RevokeGrant',
    'ScheduleKeyDeletion',
    'TagResource',
    'UntagResource',
    'UpdateAlias',
    'UpdateKeyDescription',
  ].map((action) => `kms:${action}`),
);

/** Lets a role decrypt secrets that are encrypted with the key, and parameters if it has any. Empty without a key. */
export function decryptStatement(
  { keyArn }: Encryption,
  { region }: Pick<Settings, 'region'>,
  { parameters }: { readonly parameters: boolean } = { parameters: false },
) {
  if (keyArn === undefined) return [];
  return [
    {
      Sid: 'DecryptSecrets',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: keyArn,
      Condition: {
        StringEquals: {
          'kms:ViaService': parameters
            ? [viaService('secretsmanager', region), viaService('ssm', region)]
            : viaService('secretsmanager', region),
        },
      },
    },
  ] as const;
}

function viaService(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com${partitionOf(region) === 'aws-cn' ? '.cn' : ''}`;
}
