import type { ContainerDefinition } from './container-definition.ts';

/** Variables that say how a user of the database logs in, and which variable its password would be in. */
const logins: Readonly<Record<string, string>> = {
  DATABASE_AUTHENTICATION: 'DATABASE_PASSWORD',
  APP_DATABASE_AUTHENTICATION: 'APP_DATABASE_PASSWORD',
};

/** The secret that the program has where the app logs in by a password. */
const appPassword = '@{aws:secretsmanager/secret:Secret::app-password::arn}';

/** Postgres itself knows no IAM: what logs in with its tokens on AWS has a password here. */
export function withPasswords(container: ContainerDefinition): ContainerDefinition {
  const byIam = container.environment.filter(({ name, value }) => name in logins && value === 'iam');
  if (byIam.length === 0) return container;
  const names = new Set(byIam.map(({ name }) => name));
  return {
    ...container,
    environment: container.environment.map(({ name, value }) => ({
      name,
      value: names.has(name) ? 'password' : value,
    })),
    secrets: [
      ...(container.secrets ?? []),
      ...byIam.map(({ name }) => ({ name: logins[name] ?? '', valueFrom: appPassword })),
    ],
  };
}
