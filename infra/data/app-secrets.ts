import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import type { Naming } from '../foundation/naming.ts';
import { createRandomSecret, type RandomSecret } from '../foundation/random-secret.ts';
import type { App } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';

export interface SecretsArgs {
  readonly app: App;
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/**
 * Secrets of the app itself. Passwords belong to the components that they open.
 *
 * Cost: $0.40 per secret and month.
 * Change: a value that was changed in Secrets Manager reaches tasks that start afterwards.
 */
export class Secrets extends pulumi.ComponentResource {
  /** By the names of their variables. */
  readonly byName: Readonly<Record<string, RandomSecret>>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Secrets', name, {}, opts);
    this.byName = Object.fromEntries(
      Object.entries(args.app.secrets ?? {}).map(([variable, { description }]) => [
        variable,
        createRandomSecret(variable.toLowerCase().replaceAll('_', '-'), { ...args, description }, this),
      ]),
    );
    this.registerOutputs({});
  }
}
