import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import type { Naming } from '../foundation/naming.ts';
import { createRandomSecret, type RandomSecret } from '../foundation/random-secret.ts';
import type { Settings } from '../settings/settings.ts';

export interface SecretsArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/**
 * Secrets of the app itself. Passwords belong to the components that they open.
 *
 * Cost: $0.40 per secret and month.
 * Change: to rotate the signing key, prepend the new one, restart the tasks, and remove the old one when the last token
 * that it signed has expired.
 */
export class Secrets extends pulumi.ComponentResource {
  /** Signing keys of access tokens, separated by commas. The first one signs, all of them verify. */
  readonly auth: RandomSecret;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Secrets', name, {}, opts);
    this.auth = createRandomSecret(
      'auth-secrets',
      { ...args, description: 'Signing keys of access tokens: the first one signs, all of them verify' },
      this,
    );
    this.registerOutputs({});
  }
}
