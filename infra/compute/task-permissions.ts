import * as pulumi from '@pulumi/pulumi';
import type { Database } from '../data/database.ts';
import { appStatements } from '../foundation/app-statements.ts';
import { decryptStatement, type Encryption } from '../foundation/encryption.ts';
import { type App, type Process, programOf, releaseCommand } from '../manifest/app.ts';
import { readsMail } from '../manifest/fit.ts';
import type { Settings } from '../settings/settings.ts';
import type { Cluster } from './cluster.ts';
import { secretsOf } from './container/environment.ts';
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
  readonly app: App;
  readonly database: Database;
  readonly cluster: Cluster;
  readonly encryption: Encryption;
  readonly settings: Settings;
}

/** Permissions of the execution role for any release: pull the image, write the log, decrypt secrets. */
export function executionStatements({
  repositoryArn,
  logGroupArn,
  container,
  encryption,
}: ExecutionScope): readonly Statement[] {
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
    ...decryptStatement(encryption, container.settings, { parameters: readsParameters(container) }),
  ];
}

function readsParameters(container: ExecutionScope['container']): boolean {
  return secretsOf(container).some(({ reference }) => reference.action === 'ssm:GetParameters');
}

/** Statements by what they are for. Each purpose is a policy of its own: one that ends is deleted after the rollout. */
export type Permissions = Readonly<Record<string, readonly Statement[]>>;

/** Permissions of the execution role to read the secrets of the container definition: `read-database-password`, … */
export function secretPermissions(container: ExecutionScope['container']): Permissions {
  return Object.fromEntries(
    secretsOf(container).map(({ name, reference }) => [
      `read-${name.toLowerCase().replaceAll('_', '-')}`,
      [
        {
          Sid: 'ReadSecret',
          Effect: 'Allow',
          Action: reference.action ?? 'secretsmanager:GetSecretValue',
          Resource: reference.arn,
        },
      ],
    ]),
  );
}

/** Permissions of the task role: none, unless a setting or the manifest asks for them. */
export function taskPermissions(process: Process, scope: TaskScope): Permissions {
  const { app, settings } = scope;
  const purposes: Permissions = {
    ...(process === releaseCommand ? {} : servicePermissions(process, scope)),
    app: appStatements(programOf(app, process).permissions ?? [], settings),
  };
  return Object.fromEntries(Object.entries(purposes).filter(([, statements]) => statements.length > 0));
}

function servicePermissions(
  process: Process,
  { app, database, cluster, encryption, settings }: TaskScope,
): Permissions {
  const { appUserArn } = database;
  return {
    database:
      appUserArn === undefined
        ? []
        : [{ Sid: 'ConnectToDatabase', Effect: 'Allow', Action: 'rds-db:connect', Resource: appUserArn }],
    mail: readsMail(app, process) ? mailStatements(settings) : [],
    traces: traceStatements(settings),
    shell: shellStatements(cluster, encryption),
  };
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
