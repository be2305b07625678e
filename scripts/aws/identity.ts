import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
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
