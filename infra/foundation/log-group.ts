import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings/settings.ts';
import type { Encryption } from './encryption.ts';
import type { Naming } from './naming.ts';

export interface LogGroupArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  /** The name that AWS shows; it holds the environment's, by which the key of the environment knows it. */
  readonly logGroupName: string;
}

/** A log group that forgets; AWS itself makes none that does, so each one is made before its first line. */
export function createLogGroup(
  name: string,
  { settings, naming, encryption, logGroupName }: LogGroupArgs,
  parent: pulumi.Resource,
): LogGroup {
  const { keyArn } = encryption;
  return new LogGroup(
    name,
    {
      name: logGroupName,
      retentionInDays: settings.observability.logRetentionDays,
      ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
      tags: naming.tags,
    },
    { parent },
  );
}
