import type { Settings } from '../settings/settings.ts';
import { type App, type Process, programOf, releaseCommand } from './app.ts';

/** A secret whose value a person sets for each environment. */
export interface GivenSecret {
  /** Also the variable that holds it. */
  readonly name: string;
  readonly description: string;
  /** The processes that get it, and nobody else. */
  readonly readers: readonly Process[];
}

/** In the order of the manifest. */
export function givenSecretsOf(app: App): readonly GivenSecret[] {
  return Object.entries(app.secrets ?? {})
    .filter(([, { generate }]) => generate !== true)
    .map(([name, { description }]) => ({ name, description, readers: readersOf(app, name) }));
}

/** The processes that name a secret. */
export function readersOf(app: App, secret: string): readonly Process[] {
  const processes = [...Object.keys(app.processes), ...(app.release === undefined ? [] : [releaseCommand])];
  return processes.filter((process) => programOf(app, process).secrets?.includes(secret) === true);
}

/** What a stack file may name in the place of a value that the stack keeps. */
export interface SecretArn {
  /** What the execution role reads: the ARN without a JSON key. */
  readonly arn: string;
  readonly action: 'secretsmanager:GetSecretValue' | 'ssm:GetParameters';
}

/**
 * `undefined`: not the ARN of a secret or of a parameter.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function parseSecretArn(text: string): SecretArn | undefined {
  const [, secret, parameter] =
    /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+)(?::[^:]*:[^:]*:[^:]*)?$|^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter\/[\w/.-]+)$/.exec(
      text,
    ) ?? [];
  if (secret !== undefined) return { arn: secret, action: 'secretsmanager:GetSecretValue' };
  return parameter === undefined ? undefined : { arn: parameter, action: 'ssm:GetParameters' };
}

/** Where an environment has a secret of its own account instead of one that the stack keeps: `valueFrom` of ECS. */
export function namedArnOf({ variables }: Pick<Settings, 'variables'>, name: string): string | undefined {
  return variables[name];
}

/** ARNs, without JSON keys, that the stack file of an environment names. */
export function namedArns(app: App, settings: Pick<Settings, 'variables'>): readonly SecretArn[] {
  return givenSecretsOf(app).flatMap(({ name }) => {
    const arn = namedArnOf(settings, name);
    return (arn === undefined ? undefined : parseSecretArn(arn)) ?? [];
  });
}

/** Secrets whose values the stack keeps in Parameter Store. */
export function keptSecretsOf(app: App, settings: Pick<Settings, 'variables'>): readonly GivenSecret[] {
  return givenSecretsOf(app).filter(({ name }) => namedArnOf(settings, name) === undefined);
}

/** Whether ECS reads any secret from Parameter Store. */
export function readsParameters(app: App, settings: Pick<Settings, 'variables'>): boolean {
  return (
    keptSecretsOf(app, settings).length > 0 ||
    namedArns(app, settings).some(({ action }) => action === 'ssm:GetParameters')
  );
}
