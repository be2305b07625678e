import * as pulumi from '@pulumi/pulumi';
import type { Cluster } from './cluster.ts';
import { type ContainerInput, type Process, secretsOf } from './container.ts';
import type { Database } from './database.ts';
import { decryptStatement, type Encryption } from './encryption.ts';

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

/** What ECS needs to start the container: its image, its log, and the secrets that it names. */
export function executionStatements({ repositoryArn, logGroupArn, container, encryption }: ExecutionScope): readonly Statement[] {
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
export function taskStatements(process: Process, { database }: { readonly database: Database }): readonly Statement[] {
  if (process === 'migrate') return [];
  const { appUserArn } = database;
  return appUserArn === undefined
    ? []
    : [{ Sid: 'ConnectToDatabase', Effect: 'Allow', Action: 'rds-db:connect', Resource: appUserArn }];
}
