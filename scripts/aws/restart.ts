import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { UserError } from '../messages/user-error.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { type AskedService, awaitRollout, type RolloutWait } from './rollout.ts';
import { describeService, primaryDeployment } from './services.ts';

type Ecs = Pick<AwsClients, 'ecs'>;

const pollMilliseconds = 2_000;

/**
 * Starts a new deployment of each service with the task definition that it runs, and waits as for a rollout: new tasks
 * beside the old ones, with the health checks, alarms and rollback of the service.
 *
 * @param services short names: `api`
 */
export async function restartServices(
  clients: Ecs,
  names: AwsNames,
  services: readonly string[],
  wait: RolloutWait,
): Promise<void> {
  const started: (AskedService & { readonly deployment: string })[] = [];
  for (const service of services) {
    started.push(await startDeployment(clients, names.cluster, names.service(service)));
  }
  for (const asked of started) {
    await untilPrimary(clients, asked, wait);
    await awaitRollout(clients, asked, wait);
  }
}

async function startDeployment(clients: Ecs, cluster: string, name: string) {
  const { service } = await talkToAws(() =>
    clients.ecs.send(new UpdateServiceCommand({ cluster, service: name, forceNewDeployment: true })),
  );
  const primary = service === undefined ? undefined : primaryDeployment(service);
  return {
    name,
    cluster,
    taskDefinition: primary?.taskDefinition ?? service?.taskDefinition ?? '',
    deployment: primary?.id ?? '',
  };
}

/** ECS answers from what it knew a moment ago: the deployment before would look like a restart that has ended. */
async function untilPrimary(
  clients: Ecs,
  { cluster, name, deployment }: AskedService & { readonly deployment: string },
  { clock, signal, timeoutSeconds }: RolloutWait,
): Promise<void> {
  const until = clock.now() + timeoutSeconds * 1000;
  for (;;) {
    const service = await talkToAws(() => describeService(clients, cluster, name));
    const known = service?.deployments?.some(({ id }) => id === deployment) === true;
    // Without one, ECS has rolled it back already, which the wait for the rollout tells.
    if (known || deployment === '') return;
    if (clock.now() >= until) {
      throw new UserError({
        code: 'ROLLOUT_TIMEOUT',
        message: `ECS did not start the deployment ${deployment} of ${name} within ${timeoutSeconds} s.`,
      });
    }
    await clock.sleep(pollMilliseconds, signal);
  }
}
