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
 * The app's own secrets; those of the database and of Valkey are theirs.
 *
 * Cost: $0.40 a secret and month.
 * Change: to sign with another key, put it before the one that signs now, roll the tasks, and take the old one away once
 * no token is left that it signed.
 */
export class Secrets extends pulumi.ComponentResource {
  /** Keys that access tokens are signed with, separated by commas: the first signs, all verify. */
  readonly auth: RandomSecret;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Secrets', name, {}, opts);
    this.auth = createRandomSecret(
      'auth-secrets',
      { ...args, description: 'Keys of access tokens: the first signs, all verify' },
      this,
    );
    this.registerOutputs({});
  }
}
