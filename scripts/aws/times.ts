import type { ServiceDeployment, Task } from '@aws-sdk/client-ecs';
import type { PhaseName, Span } from '../../infra/contract/timeline.ts';
import type { PlatformTimes } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { readRollout } from './rollout.ts';
import { tasksOf } from './services.ts';

/**
 * The phases of a rollout by the timestamps of ECS. It tells when a container was started and when a task began to stop, but
 * neither when the app was ready nor when its target was healthy, nor when SIGTERM was sent: those phases come together.
 * With a traffic shift the old tasks begin to stop after the bake.
 *
 * @param tasks of the service, those that stop or have stopped, too
 * @returns `undefined` where it says too little
 */
export function spansOf(
  deployment: ServiceDeployment,
  taskDefinition: string | undefined,
  tasks: readonly Task[],
  now: number,
): readonly Span[] | undefined {
  const began = deployment.createdAt?.getTime();
  if (began === undefined || taskDefinition === undefined) return undefined;
  const fresh = tasks.filter(
    (task) => task.taskDefinitionArn === taskDefinition && (task.createdAt?.getTime() ?? 0) >= began,
  );
  const created = momentsOf(fresh, ({ createdAt }) => createdAt);
  const started = momentsOf(fresh, ({ startedAt }) => startedAt);
  if (created.length === 0 || started.length === 0) return undefined;
  const inContainers = Math.max(...started);
  const old = tasks.filter(
    (task) => task.taskDefinitionArn !== taskDefinition && (task.stoppingAt?.getTime() ?? 0) >= began,
  );
  const stopping = momentsOf(old, ({ stoppingAt }) => stoppingAt);
  const stopped = momentsOf(old, ({ executionStoppedAt, stoppedAt }) => executionStoppedAt ?? stoppedAt);
  const open = stopped.length < old.length;
  const shifts =
    deployment.deploymentConfiguration?.strategy !== undefined &&
    deployment.deploymentConfiguration.strategy !== 'ROLLING';
  const untilHealthy: readonly PhaseName[] = shifts ? ['boot', 'healthy', 'bake'] : ['boot', 'healthy'];
  const last = open ? now : Math.max(...stopped);
  const finished = deployment.finishedAt?.getTime();
  return [
    { phases: ['pull'], seconds: between(Math.min(...created), inContainers) },
    ...(stopping.length === 0
      ? []
      : [
          { phases: untilHealthy, seconds: between(inContainers, Math.min(...stopping)) },
          {
            phases: ['drain', 'stop'] as const,
            seconds: between(Math.min(...stopping), last),
            ...(open ? { ongoing: true as const } : {}),
          },
        ]),
    ...(shifts || open || stopped.length === 0 || finished === undefined
      ? []
      : [{ phases: ['bake'] as const, seconds: between(last, finished) }]),
  ];
}

function momentsOf(tasks: readonly Task[], at: (task: Task) => Date | undefined): readonly number[] {
  return tasks.flatMap((task) => at(task)?.getTime() ?? []);
}

function between(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 100) / 10);
}

/**
 * What ECS says of the latest rollout of a service; `undefined` where there was none since then.
 * @param since milliseconds since the epoch, by AWS's clock
 */
export async function readTimes(
  clients: Pick<AwsClients, 'ecs'>,
  service: { readonly cluster: string; readonly name: string },
  { since, now }: { readonly since: number; readonly now: number },
): Promise<PlatformTimes | undefined> {
  const { deployment, revision } = await readRollout(clients, service);
  if (deployment?.createdAt === undefined || deployment.createdAt.getTime() < since) return undefined;
  const { cluster, name } = service;
  const tasks = await talkToAws(async () => [
    ...(await tasksOf(clients, cluster, name, 'RUNNING')),
    ...(await tasksOf(clients, cluster, name, 'STOPPED')),
  ]);
  const spans = spansOf(deployment, revision?.taskDefinition, tasks, now);
  return spans === undefined ? undefined : { spans };
}
