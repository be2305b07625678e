import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Refusal } from '../messages/user-error.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** The identity of the credentials. Rejects with `AWS_CREDENTIALS` if there are none that work. */
export async function readIdentity({ sts }: Pick<AwsClients, 'sts'>): Promise<Identity> {
  const { Account = '', Arn = '' } = await talkToAws(() => sts.send(new GetCallerIdentityCommand({})));
  return { account: Account, arn: Arn };
}

/**
 * The identity with which an environment is changed or read. Rejects with `ACCOUNT_NOT_ALLOWED` where its stack file names
 * other accounts: credentials for one environment must not make another one of its name.
 */
export async function readIdentityFor(
  environment: string,
  { sts, accounts, region }: Pick<AwsClients, 'sts' | 'accounts' | 'region'>,
): Promise<Identity> {
  const identity = await readIdentity({ sts });
  if (accounts.length === 0 || accounts.includes(identity.account)) return identity;
  throw new Refusal({
    code: 'ACCOUNT_NOT_ALLOWED',
    message: `The credentials for ${environment} are of account ${identity.account} (${identity.arn}), but ${environment} is in ${accounts.join(' or ')}, ${region}.`,
    rule: `aws:allowedAccountIds in Pulumi.${environment}.yaml names the account, for Pulumi and for this CLI.`,
    remedy: `Log in to that account, or let Pulumi.${environment}.yaml say how: aws:profile or aws:assumeRoles. A promotion out of another account needs promoteFromRole.`,
  });
}
