import {
  DescribeServiceRevisionsCommand,
  type Service,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
} from '@aws-sdk/client-ecs';
import { UserError } from '../messages/user-error.ts';
import type { Clock } from '../release/clock.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { readRollout } from './rollout.ts';
import { digestOf } from './running.ts';
import { activeServices, clusterExists, describeTaskDefinition } from './services.ts';

type Ecs = Pick<AwsClients, 'ecs'>;

/** Strategies that keep the old fleet until the end of the bake time. */
const shifting: ReadonlySet<string> = new Set(['BLUE_GREEN', 'CANARY', 'LINEAR']);
const rolledBack: ReadonlySet<string> = new Set(['ROLLBACK_SUCCESSFUL', 'STOPPED']);
const pollMilliseconds = 5_000;

export interface ShiftBack {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Timeout for the weights and the end of the new fleet. */
  readonly timeoutSeconds: number;
  readonly say: (line: string) => void;
}

/**
 * Shifts traffic back to a release whose fleet still runs beside the new one: during a blue-green or canary rollout, a
 * rollback to the previous release needs no task to start. Otherwise does nothing.
 * @returns names of the services that were shifted back
 */
export async function shiftBack(
  clients: Ecs,
  names: AwsNames,
  digest: string,
  wait: ShiftBack,
): Promise<readonly string[]> {
  const deployments = await talkToAws(() => deploymentsToStop(clients, names, digest));
  for (const { service, deployment } of deployments) {
    wait.say(`${service}: shifting traffic back to the tasks that still run`);
    await talkToAws(() =>
      clients.ecs.send(
        new StopServiceDeploymentCommand({
          serviceDeploymentArn: deployment.serviceDeploymentArn,
          stopType: 'ROLLBACK',
        }),
      ),
    );
  }
  for (const { service } of deployments) await awaitRollback(clients, names.cluster, service, wait);
  return deployments.map(({ service }) => names.shortName(service));
}

interface Stoppable {
  readonly service: string;
  readonly deployment: ServiceDeployment;
}

async function deploymentsToStop(clients: Ecs, names: AwsNames, digest: string): Promise<readonly Stoppable[]> {
  if (!(await clusterExists(clients, names.cluster))) return [];
  const services = await activeServices(clients, names);
  const found = await Promise.all(services.map((service) => stoppable(clients, names, service, digest)));
  return found.filter((deployment) => deployment !== undefined);
}

async function stoppable(
  clients: Ecs,
  names: AwsNames,
  { serviceName: service = '' }: Service,
  digest: string,
): Promise<Stoppable | undefined> {
  const { deployment } = await readRollout(clients, { name: service, cluster: names.cluster });
  if (deployment?.status !== 'IN_PROGRESS') return undefined;
  if (!shifting.has(deployment.deploymentConfiguration?.strategy ?? 'ROLLING')) return undefined;
  const sources = (deployment.sourceServiceRevisions ?? []).flatMap(({ arn }) => arn ?? []);
  const digests = await digestsOf(clients, sources, names.shortName(service));
  return digests.length > 0 && digests.every((source) => source === digest) ? { service, deployment } : undefined;
}

/** Digests of the app in service revisions, from their task definitions. */
async function digestsOf(clients: Ecs, arns: readonly string[], container: string): Promise<readonly string[]> {
  if (arns.length === 0) return [];
  const { serviceRevisions = [] } = await clients.ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...arns] }),
  );
  const definitions = serviceRevisions.flatMap(({ taskDefinition }) => taskDefinition ?? []);
  return Promise.all(
    definitions.map(async (arn) => {
      const definition = await describeTaskDefinition(clients, arn);
      const image = definition?.containerDefinitions?.find(({ name }) => name === container)?.image;
      return digestOf(image) ?? '';
    }),
  );
}

async function awaitRollback(clients: Ecs, cluster: string, service: string, wait: ShiftBack): Promise<void> {
  const until = wait.clock.now() + wait.timeoutSeconds * 1000;
  for (;;) {
    const { deployment } = await readRollout(clients, { name: service, cluster });
    const status = deployment?.status ?? '';
    if (rolledBack.has(status)) return;
    if (status === 'ROLLBACK_FAILED' || status === 'SUCCESSFUL' || wait.clock.now() >= until) {
      throw new UserError({
        code: 'SHIFT_BACK_FAILED',
        message: `The traffic of ${service} did not shift back to the tasks that still run: ECS says ${status || 'nothing'}${reasonOf(deployment)}.`,
        remedy: 'Run the command again: it then starts tasks of the release.',
      });
    }
    wait.say(`${service}: ${status}${reasonOf(deployment)}`);
    await wait.clock.sleep(pollMilliseconds, wait.signal);
  }
}

function reasonOf(deployment: ServiceDeployment | undefined): string {
  const reason = deployment?.rollback?.reason ?? deployment?.statusReason;
  return reason === undefined || reason === '' ? '' : ` (${reason.replace(/\.$/, '')})`;
}
