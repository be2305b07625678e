import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** Whose credentials these are. Rejects with `AWS_CREDENTIALS` when there are none that work. */
export async function readIdentity({ sts }: Pick<AwsClients, 'sts'>): Promise<Identity> {
  const { Account = '', Arn = '' } = await talkToAws(() => sts.send(new GetCallerIdentityCommand({})));
  return { account: Account, arn: Arn };
}
