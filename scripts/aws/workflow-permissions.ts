import { Refusal } from '../messages/user-error.ts';
import type { Change } from '../pulumi/engine-events.ts';
import type { AwsClients } from './clients.ts';
import { readIdentity } from './identity.ts';
import { namesOf } from './names.ts';

const types: readonly string[] = [
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
  'aws:iam/policy:Policy',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
];

/** Whether a change is one of what workflows may do: their roles, the policies of these, the boundary of all others. */
export function isOfWorkflows({ type, urn }: Pick<Change, 'type' | 'urn'>): boolean {
  const name = urn.split('::').at(-1) ?? '';
  return types.includes(type) || (type === 'aws:iam/role:Role' && name.startsWith('ci-'));
}

/**
 * A workflow cannot change what it may do: the update would be denied in its middle, after other changes.
 *
 * @param changes as a person reads them
 */
export async function assertMayChange(
  changes: readonly string[],
  environment: string,
  clients: Pick<AwsClients, 'sts'>,
): Promise<void> {
  if (changes.length === 0) return;
  const { arn } = await readIdentity(clients);
  const role = namesOf(environment).deployRole;
  if (!arn.includes(`:assumed-role/${role}/`)) return;
  throw new Refusal({
    code: 'OWN_PERMISSIONS',
    message: `This update changes what workflows of ${environment} may do, and runs as ${role}, which cannot.`,
    details: changes.join('\n'),
    rule: 'Whoever reviews a pull request must not have to look for permissions that it gives itself: a person grants them.',
    remedy: `Run \`npm run stack -- up ${environment} --target aws\` once with credentials of your own, then the workflow again.`,
  });
}
