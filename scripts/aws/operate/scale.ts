import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import type { AwsNames } from '../names.ts';

/** The count alone: what autoscaling keeps it between is the stack's, and Pulumi would not see that it was changed. */
export async function setDesiredCount(
  { clients, names }: { readonly clients: Pick<AwsClients, 'ecs'>; readonly names: AwsNames },
  process: string,
  desiredCount: number,
): Promise<void> {
  const { cluster } = names;
  await talkToAws(() =>
    clients.ecs.send(new UpdateServiceCommand({ cluster, service: names.service(process), desiredCount })),
  );
}
