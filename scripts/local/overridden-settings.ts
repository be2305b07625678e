import { readConfig, readProjectFile } from '../../infra/graph/stack-files.ts';
import { existingKeys } from '../../infra/settings/existing.ts';

/** Postgres itself knows no IAM: what logs in with its tokens on AWS has a password here. */
export function withPasswords(directory: string, environment: string): Readonly<Record<string, string>> {
  const key = 'databaseAuthentication';
  const given = readConfig(directory, environment)[`${readProjectFile(directory).name}:${key}`];
  return given === 'iam' ? { [key]: 'password' } : {};
}

/** What a company has on AWS is not here: the program makes all of it, with the numbers that the other settings state. */
export function withoutExisting(directory: string, environment: string): Readonly<Record<string, string>> {
  const { name } = readProjectFile(directory);
  const config = readConfig(directory, environment);
  return Object.fromEntries(
    existingKeys.filter((key) => (config[`${name}:${key}`] ?? '') !== '').map((key) => [key, '']),
  );
}
