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

/** What the permissions of a task are about. */
export interface TaskScope {
  readonly database: Database;
  readonly cluster: Cluster;
  readonly settings: Settings;
}

/** What ECS needs to start the container: its image, its log, and the secrets that it names. */
export function executionStatements({
  repositoryArn,
  logGroupArn,
  container,
  encryption,
}: ExecutionScope): readonly Statement[] {
  const secrets = secretsOf(container).map(({ reference }) => reference.arn);
  return [
    // The token is for the whole registry: the API knows no resource for it.
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

/** What the app itself may do in AWS; nothing, unless a setting asks for it. */
export function taskStatements(process: Process, { database, cluster, settings }: TaskScope): readonly Statement[] {
  if (process === 'migrate') return [];
  const { appUserArn } = database;
  return [
    ...(appUserArn === undefined
      ? []
      : [{ Sid: 'ConnectToDatabase', Effect: 'Allow', Action: 'rds-db:connect', Resource: appUserArn } as const]),
    ...(process === 'worker' ? mailStatements(settings) : []),
    ...traceStatements(settings),
    ...shellStatements(cluster),
  ];
}

/** As this sender alone: an identity that is a domain has any number of them. */
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

/** What the collector does in the name of the app's role. */
function traceStatements({ tracing }: Settings): readonly Statement[] {
  if (tracing === undefined) return [];
  return [
    {
      // X-Ray knows no resource for what is sent to it.
      Sid: 'SendTraces',
      Effect: 'Allow',
      Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      Resource: '*',
    },
  ];
}

/** What the agent of ECS Exec needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html */
function shellStatements({ shellLogArn }: Cluster): readonly Statement[] {
  if (shellLogArn === undefined) return [];
  return [
    {
      // The API of its channels knows no resource.
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
    // It lists, to see whether the group is there.
    { Sid: 'FindShellLog', Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
    {
      Sid: 'LogShell',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      Resource: pulumi.interpolate`${shellLogArn}:*`,
    },
  ];
}
