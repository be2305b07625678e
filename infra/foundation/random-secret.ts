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
  /** What the secret is for. Shown in Secrets Manager. */
  readonly description: string;
  /** Stores `username` and `password` as JSON, as RDS Proxy requires. Absent: the secret is the bare password. */
  readonly user?: string;
}

/** A secret with a generated value. */
export interface RandomSecret {
  readonly reference: SecretReference<pulumi.Input<string>>;
  /** The stored value, for a service that cannot take a reference. Encrypted in the state. */
  readonly value: pulumi.Output<string>;
  /** Tasks must not start before the value exists. */
  readonly ready: pulumi.Resource;
}

/** Letters and digits only, so that no shell, URL or SQL needs quoting. 64 of them have 380 bits. */
const characters = 64;
/** Recovery window of a deleted secret while `deletionProtection` is on. */
const recoveryDays = 30;

/**
 * A secret whose value AWS generates. Every run of the program gets another value, and only the first one is kept,
 * encrypted in the state. Tasks read a changed value when they start.
 *
 * Cost: $0.40 per month.
 */
export function createRandomSecret(
  name: string,
  { settings, naming, encryption, description, user }: RandomSecretArgs,
  parent: pulumi.Resource,
): RandomSecret {
  const secret = createSecret(name, { settings, naming, encryption, description }, parent);
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
      text: version.secretString.apply((value) => passwordIn(value ?? '')),
    },
    value: version.secretString.apply((value) => value ?? ''),
    ready: version,
  };
}

/** A recorded graph has a token in the place of the JSON. */
function passwordIn(stored: string): string {
  if (!stored.startsWith('{')) return stored;
  const parsed: { readonly password: string } = JSON.parse(stored);
  return parsed.password;
}

export interface TextSecretArgs extends Omit<RandomSecretArgs, 'user'> {
  readonly text: pulumi.Input<string>;
}

/**
 * A secret that is made of others, such as a URL with a password in it. Encrypted in the state.
 *
 * Cost: $0.40 per month.
 */
export function createTextSecret(
  name: string,
  { text, ...args }: TextSecretArgs,
  parent: pulumi.Resource,
): Pick<RandomSecret, 'reference' | 'ready'> {
  const secret = createSecret(name, args, parent);
  const ready = new SecretVersion(name, { secretId: secret.id, secretString: pulumi.secret(text) }, { parent });
  return { reference: { arn: secret.arn, valueFrom: secret.arn }, ready };
}

function createSecret(
  name: string,
  { settings, naming, encryption, description }: Omit<RandomSecretArgs, 'user'>,
  parent: pulumi.Resource,
): Secret {
  return new Secret(
    name,
    {
      // A deleted secret keeps its name during the recovery window, which would block the environment from being recreated.
      namePrefix: `${physicalName(naming, name)}-`,
      description,
      ...(encryption.keyArn === undefined ? {} : { kmsKeyId: encryption.keyArn }),
      recoveryWindowInDays: settings.deletionProtection ? recoveryDays : 0,
      tags: naming.tags,
    },
    { parent },
  );
}
