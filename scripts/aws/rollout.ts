import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
} from '@aws-sdk/client-ecs';
import { UserError } from '../messages/user-error.ts';
import type { Clock } from '../release/clock.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { describeService, primaryDeployment } from './services.ts';

type Ecs = Pick<AwsClients, 'ecs'>;

/** What the engine was told to deploy, from the state that it wrote. */
export interface AskedService {
  /** Name in ECS. */
  readonly name: string;
  readonly cluster: string;
  /** ARN with revision. */
  readonly taskDefinition: string;
}

/** What ECS says about a rollout: the service, and its latest service deployment with its revision. */
export interface RolloutState {
  readonly service: Service | undefined;
  readonly deployment: ServiceDeployment | undefined;
  readonly revision: ServiceRevision | undefined;
}

export type Verdict =
  | { readonly state: 'done' }
  | { readonly state: 'rolling'; readonly detail: string }
  | { readonly state: 'failed'; readonly why: string };

/** In progress. A rollback is in progress too, but its result is known: the requested revision will not run. */
const underWay: ReadonlySet<string> = new Set(['PENDING', 'IN_PROGRESS']);
const goneBack: ReadonlySet<string> = new Set([
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
  'STOP_REQUESTED',
  'STOPPED',
]);

const pollMilliseconds = 5_000;

/**
 * Whether the requested revision runs, whatever the engine reported: the AWS provider reports success although ECS rolled
 * back (https://github.com/pulumi/pulumi-aws/issues/4487).
 */
export function judgeRollout({ service, deployment, revision }: RolloutState, asked: AskedService): Verdict {
  if (service === undefined) return { state: 'failed', why: `ECS has no service ${asked.name}` };
  const status = deployment?.status ?? '';
  if (deployment !== undefined && goneBack.has(status)) {
    return { state: 'failed', why: `ECS rolled it back: ${reasonOf(deployment)}` };
  }
  if (underWay.has(status)) return { state: 'rolling', detail: `${progressOf(service)}${stageOf(deployment)}` };
  const primary = primaryDeployment(service);
  if (primary?.rolloutState === 'FAILED') {
    return { state: 'failed', why: `ECS failed it: ${primary.rolloutStateReason ?? 'no reason given'}` };
  }
  const runs = primary?.taskDefinition ?? service.taskDefinition ?? 'nothing';
  if (runs !== asked.taskDefinition) {
    return { state: 'failed', why: `ECS runs ${shortArn(runs)}, not ${shortArn(asked.taskDefinition)}` };
  }
  if (revision?.taskDefinition !== undefined && revision.taskDefinition !== asked.taskDefinition) {
    return {
      state: 'failed',
      why: `the latest service revision is of ${shortArn(revision.taskDefinition)}, not ${shortArn(asked.taskDefinition)}`,
    };
  }
  const settled = primary?.rolloutState === undefined || primary.rolloutState === 'COMPLETED';
  if (!settled || service.runningCount !== service.desiredCount)
    return { state: 'rolling', detail: progressOf(service) };
  return { state: 'done' };
}

function progressOf(service: Service): string {
  const primary = primaryDeployment(service);
  const failed = primary?.failedTasks ?? 0;
  return `${primary?.runningCount ?? 0} of ${primary?.desiredCount ?? 0} tasks run${failed === 0 ? '' : `, ${failed} failed`}`;
}

/** The stage of a traffic shift: `BAKE_TIME` may take as long as the settings say, while the old tasks run. */
function stageOf(deployment: ServiceDeployment | undefined): string {
  const stage = deployment?.lifecycleStage;
  return stage === undefined ? '' : `, ${stage.toLowerCase().replaceAll('_', ' ')}`;
}

function reasonOf({ rollback, statusReason, deploymentCircuitBreaker, alarms }: ServiceDeployment): string {
  const triggered = alarms?.triggeredAlarmNames ?? [];
  const parts = [rollback?.reason ?? statusReason ?? 'no reason given'];
  if (triggered.length > 0) parts.push(`alarms: ${triggered.join(', ')}`);
  const { failureCount, threshold } = deploymentCircuitBreaker ?? {};
  if (failureCount !== undefined && failureCount > 0)
    parts.push(`${failureCount} of at most ${threshold} tasks failed`);
  return parts.map((part) => part.replace(/\.$/, '')).join('; ');
}

function shortArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

export interface RolloutWait {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  readonly say: (line: string) => void;
}

/** Waits until the requested revision runs with the desired count. Rejects with `ROLLED_BACK` or `ROLLOUT_TIMEOUT`. */
export async function awaitRollout(clients: Ecs, asked: AskedService, wait: RolloutWait): Promise<void> {
  const until = wait.clock.now() + wait.timeoutSeconds * 1000;
  for (;;) {
    const verdict = judgeRollout(await readRollout(clients, asked), asked);
    if (verdict.state === 'done') return;
    if (verdict.state === 'failed') {
      throw new UserError({
        code: 'ROLLED_BACK',
        message: `${asked.name} does not run ${shortArn(asked.taskDefinition)}: ${verdict.why}.`,
        rule: 'An update succeeds only if ECS runs the requested revision.',
      });
    }
    if (wait.clock.now() >= until) {
      throw new UserError({
        code: 'ROLLOUT_TIMEOUT',
        message: `${asked.name} was not steady after ${wait.timeoutSeconds} s: ${verdict.detail}.`,
      });
    }
    wait.say(`${asked.name}: ${verdict.detail}`);
    await wait.clock.sleep(pollMilliseconds, wait.signal);
  }
}

export async function readRollout(clients: Ecs, asked: Pick<AskedService, 'name' | 'cluster'>): Promise<RolloutState> {
  return talkToAws(async () => {
    const service = await describeService(clients, asked.cluster, asked.name);
    const deployment = service === undefined ? undefined : await latestDeployment(clients, asked);
    const arn = deployment?.targetServiceRevision?.arn;
    return { service, deployment, revision: arn === undefined ? undefined : await describeRevision(clients, arn) };
  });
}

/** ECS lists the service deployments of the last 90 days, newest first. */
async function latestDeployment(
  { ecs }: Ecs,
  { cluster, name }: Pick<AskedService, 'name' | 'cluster'>,
): Promise<ServiceDeployment | undefined> {
  const { serviceDeployments = [] } = await ecs.send(
    new ListServiceDeploymentsCommand({ cluster, service: name, maxResults: 20 }),
  );
  const [latest] = serviceDeployments.toSorted((a, b) => time(b.createdAt) - time(a.createdAt));
  if (latest?.serviceDeploymentArn === undefined) return undefined;
  const answer = await ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [latest.serviceDeploymentArn] }),
  );
  return answer.serviceDeployments?.[0];
}

async function describeRevision({ ecs }: Ecs, arn: string): Promise<ServiceRevision | undefined> {
  const { serviceRevisions = [] } = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }));
  return serviceRevisions[0];
}

function time(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}
