import * as pulumi from '@pulumi/pulumi';
import { partitionOf } from '../catalog/partition.ts';
import { accountIdOf } from '../foundation/account.ts';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, secretParameter } from '../foundation/naming.ts';
import { createRandomSecret, type RandomSecret } from '../foundation/random-secret.ts';
import type { SecretReference } from '../foundation/secret-reference.ts';
import type { App } from '../manifest/app.ts';
import { givenSecretsOf, namedArnOf, parseSecretArn } from '../manifest/secrets.ts';
import type { Settings } from '../settings/settings.ts';

export interface SecretsArgs {
  readonly app: App;
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

type AppSecret = Pick<RandomSecret, 'reference'> & Partial<Pick<RandomSecret, 'ready'>>;

/**
 * Secrets of the app itself. Passwords belong to the components that they open. A generated one is a resource of the
 * stack. One that a person sets is only named here: its value is written by `stack secrets set`, before there is a stack,
 * so neither state nor plan ever has it.
 *
 * Cost: $0.40 per generated secret and month; parameters cost nothing.
 * Change: a value that was changed reaches tasks that start afterwards.
 */
export class Secrets extends pulumi.ComponentResource {
  /** By the names of their variables. */
  readonly byName: Readonly<Record<string, AppSecret>>;

  constructor(name: string, args: SecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Secrets', name, {}, opts);
    const generated = Object.entries(args.app.secrets ?? {})
      .filter(([, { generate }]) => generate === true)
      .map(
        ([variable, { description }]) =>
          [
            variable,
            createRandomSecret(variable.toLowerCase().replaceAll('_', '-'), { ...args, description }, this),
          ] as const,
      );
    const given = givenSecretsOf(args.app).map(
      ({ name: variable }) => [variable, { reference: givenReference(variable, args, this) }] as const,
    );
    this.byName = Object.fromEntries<AppSecret>([...generated, ...given]);
    this.registerOutputs({});
  }
}

/** The parameter of the stack, or what the stack file names instead. */
function givenReference(
  variable: string,
  { settings }: SecretsArgs,
  parent: pulumi.Resource,
): SecretReference<pulumi.Input<string>> {
  const valueFrom = namedArnOf(settings, variable);
  const named = valueFrom === undefined ? undefined : parseSecretArn(valueFrom);
  if (valueFrom !== undefined && named !== undefined) return { ...named, valueFrom };
  const { region } = settings;
  const parameter = secretParameter(settings, variable);
  const arn = pulumi.interpolate`arn:${partitionOf(region)}:ssm:${region}:${accountIdOf(parent)}:parameter${parameter}`;
  return { arn, valueFrom: arn, action: 'ssm:GetParameters' };
}
