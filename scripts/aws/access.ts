import { allowedAccounts, assumingRole, credentialsOf } from '../../infra/foundation/credentials.ts';
import { readStackConfig } from '../../infra/graph/stack-files.ts';
import { readSettings } from '../program/settings.ts';
import { hasJobCredentials } from '../pulumi/job-credentials.ts';
import type { AwsAccess } from './clients.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Account, region and credentials of an environment, as its stack file has them for the AWS provider. */
export function accessTo(projectDirectory: string, environment: string, variables: Variables): AwsAccess {
  const { region } = readSettings(projectDirectory, environment);
  const { config } = readStackConfig(projectDirectory, environment, 'aws');
  const credentials = hasJobCredentials(variables) ? undefined : credentialsOf(config, region);
  return { region, accounts: allowedAccounts(config), ...(credentials === undefined ? {} : { credentials }) };
}

/**
 * Access to the environment that another one promotes from: with the role that the destination's stack file names for that,
 * assumed with the destination's own credentials, or as anybody who works with the source has it.
 */
export function accessToSource(projectDirectory: string, { from, to }: Promotion, variables: Variables): AwsAccess {
  const role = readSettings(projectDirectory, to).release.promoteFromRole;
  if (role === undefined) return accessTo(projectDirectory, from, variables);
  const { region } = readSettings(projectDirectory, from);
  const { config } = readStackConfig(projectDirectory, from, 'aws');
  const { credentials } = accessTo(projectDirectory, to, variables);
  return { region, accounts: allowedAccounts(config), credentials: assumingRole(role, region, credentials) };
}

/** Two environments of a chain. */
export interface Promotion {
  readonly from: string;
  readonly to: string;
}
