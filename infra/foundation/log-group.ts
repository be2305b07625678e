import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings/settings.ts';
import type { Encryption } from './encryption.ts';
import type { Naming } from './naming.ts';

export interface LogGroupArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  /** Physical name. Must contain the name of the environment: the key policy matches log groups by it. */
  readonly logGroupName: string;
}

/** A log group with a retention period. Services that create their own set none, so it is created before its first event. */
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
