import { type GivenSecret, givenSecretsOf, namedArnOf } from '../../infra/manifest/secrets.ts';
import { type EnvironmentFacts, readEnvironment } from './settings.ts';

interface Needed extends GivenSecret {
  /** What the stack file names instead of a value that the stack keeps. */
  readonly arn?: string;
}

/** Secrets that an environment needs and that a person sets. */
export function neededSecrets(projectDirectory: string, environment: string): readonly Needed[] {
  return neededSecretsOf(readEnvironment(projectDirectory, environment));
}

export function neededSecretsOf({ app, settings }: Pick<EnvironmentFacts, 'app' | 'settings'>): readonly Needed[] {
  return givenSecretsOf(app).map((secret) => {
    const arn = namedArnOf(settings, secret.name);
    return { ...secret, ...(arn === undefined ? {} : { arn }) };
  });
}
