import * as pulumi from '@pulumi/pulumi';
import type { Process } from '../contract/processes.ts';
import type { Database } from '../data/database.ts';
import { decryptStatement, type Encryption } from '../foundation/encryption.ts';
import type { Settings } from '../settings/settings.ts';
import type { Cluster } from './cluster.ts';
import { secretsOf } from './container/definition.ts';
import type { ContainerInput } from './container/input.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: pulumi.Input<string> | readonly pulumi.Input<string>[];
  readonly Condition?: object;
}

export interface ExecutionScope {
  readonly repositoryArn: pulumi.Input<string>;
  readonly logGroupArn: pulumi.Input<string>;
  readonly container: ContainerInput<pulumi.Input<string>>;
  readonly encryption: Encryption;
}

/** Resources that the permissions of a task refer to. */
export interface TaskScope {
  readonly database: Database;
  readonly cluster: Cluster;
  readonly encryption: Encryption;
  readonly settings: Settings;
}

/** Permissions of the execution role: pull the image, write the log, read the secrets of the container definition. */
export function executionStatements({
  repositoryArn,
  logGroupArn,
  container,
  encryption,
}: ExecutionScope): readonly Statement[] {
  const secrets = secretsOf(container).map(({ reference }) => reference.arn);
  return [
    // GetAuthorizationToken does not support resource-level permissions.
    { Sid: 'LogInToRegistry', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Sid: 'PullImage',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: repositoryArn,
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${logGroupArn}:*`,
    },
    { Sid: 'ReadSecrets', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secrets },
    ...decryptStatement(encryption, container.settings),
  ];
}

/** Permissions of the task role: none, unless a setting needs them. */
export function taskStatements(
  process: Process,
  { database, cluster, encryption, settings }: TaskScope,
): readonly Statement[] {
  if (process === 'migrate') return [];
  const { appUserArn } = database;
  return [
    ...(appUserArn === undefined
      ? []
      : [{ Sid: 'ConnectToDatabase', Effect: 'Allow', Action: 'rds-db:connect', Resource: appUserArn } as const]),
    ...(process === 'worker' ? mailStatements(settings) : []),
    ...traceStatements(settings),
    ...shellStatements(cluster, encryption),
  ];
}

/** Limited to the sender, because a domain identity allows any sender of the domain. */
function mailStatements({ mail }: Settings): readonly Statement[] {
  if (mail === undefined) return [];
  return [
    {
      Sid: 'SendMail',
      Effect: 'Allow',
      Action: 'ses:SendEmail',
      Resource: mail.identityArn,
      Condition: { StringEquals: { 'ses:FromAddress': mail.from } },
    },
  ];
}

/** The collector uses the task role, too. */
function traceStatements({ tracing }: Settings): readonly Statement[] {
  if (tracing === undefined) return [];
  return [
    {
      // X-Ray does not support resource-level permissions for these actions.
      Sid: 'SendTraces',
      Effect: 'Allow',
      Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      Resource: '*',
    },
  ];
}

/** Permissions of the ECS Exec agent: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html */
function shellStatements({ shellLogArn }: Cluster, { keyArn }: Encryption): readonly Statement[] {
  if (shellLogArn === undefined) return [];
  return [
    {
      // Channels do not support resource-level permissions.
      Sid: 'OpenShell',
      Effect: 'Allow',
      Action: [
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      Resource: '*',
    },
    // The agent lists log groups to find its own.
    { Sid: 'FindShellLog', Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
    {
      Sid: 'LogShell',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${shellLogArn}:*`,
    },
    ...(keyArn === undefined
      ? []
      : [{ Sid: 'EncryptShell', Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn } as const]),
  ];
}
