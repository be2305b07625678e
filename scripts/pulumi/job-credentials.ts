/**
 * Whether the credentials in the variables are those of a CI job for exactly the environment at hand, so that the ways to
 * log in that stack files name for people do not apply. The workflows set the variable after they have assumed their role.
 */
export function hasJobCredentials(variables: Readonly<Record<string, string | undefined>>): boolean {
  return variables['STACK_CREDENTIALS'] === 'job';
}
