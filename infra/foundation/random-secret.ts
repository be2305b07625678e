import { getRandomPasswordOutput } from '@pulumi/aws/secretsmanager/getRandomPassword.js';
import { Secret } from '@pulumi/aws/secretsmanager/secret.js';
import { SecretVersion } from '@pulumi/aws/secretsmanager/secretVersion.js';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings/settings.ts';
import type { Encryption } from './encryption.ts';
import { type Naming, physicalName } from './naming.ts';
import type { SecretReference } from './secret-reference.ts';

export interface RandomSecretArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  /** What it opens, for whoever looks through the secrets of an account. */
  readonly description: string;
  /** Stored beside the password, as RDS Proxy wants a login; absent: the secret is the password alone. */
  readonly user?: string;
}

/** A secret of which only its readers know the value. */
export interface RandomSecret {
  readonly reference: SecretReference<pulumi.Input<string>>;
  /** All that is stored, for a service that has to be told the value itself; encrypted in the state. */
  readonly value: pulumi.Output<string>;
  /** A task that starts before it is there fails. */
  readonly ready: pulumi.Resource;
}

/** Letters and digits only, so that no shell, URL or SQL has to quote them: 64 of them are 380 bits. */
const characters = 64;
/** What AWS keeps a deleted secret for, where deleting is meant to be hard; nothing where it is not. */
const recoveryDays = 30;

/**
 * A secret whose value AWS makes up. Every run of the program is given another value and only the first one is kept:
 * Pulumi stores it encrypted. A new value in Secrets Manager reaches a task when it starts.
 *
 * Cost: $0.40 a month.
 */
export function createRandomSecret(
  name: string,
  { settings, naming, encryption, description, user }: RandomSecretArgs,
  parent: pulumi.Resource,
): RandomSecret {
  const secret = new Secret(
    name,
    {
      // A deleted secret holds its name until AWS forgets it, so that an environment could not be made again.
      namePrefix: `${physicalName(naming, name)}-`,
      description,
      ...(encryption.keyArn === undefined ? {} : { kmsKeyId: encryption.keyArn }),
      recoveryWindowInDays: settings.deletionProtection ? recoveryDays : 0,
      tags: naming.tags,
    },
    { parent },
  );
  const made = getRandomPasswordOutput({ passwordLength: characters, excludePunctuation: true }, { parent });
  const secretString =
    user === undefined ? made.randomPassword : pulumi.jsonStringify({ username: user, password: made.randomPassword });
  const version = new SecretVersion(
    name,
    { secretId: secret.id, secretString },
    { parent, ignoreChanges: ['secretString'] },
  );
  return {
    reference: {
      arn: secret.arn,
      valueFrom: user === undefined ? secret.arn : pulumi.interpolate`${secret.arn}:password::`,
    },
    value: version.secretString.apply((value) => value ?? ''),
    ready: version,
  };
}
