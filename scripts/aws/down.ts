import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { existingResources } from '../../infra/settings/existing.ts';
import { Refusal } from '../messages/user-error.ts';
import type { EnvironmentFacts } from '../program/settings.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import type { Progress } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { ParameterLedger } from './ledger.ts';
import { namesOf } from './names.ts';
import { activeServices, clusterExists } from './services.ts';

export interface DownRequest {
  readonly environment: string;
  readonly facts: EnvironmentFacts;
  readonly workspace: PulumiWorkspace;
  readonly clients: AwsClients;
  readonly ledger: Pick<ParameterLedger, 'clear'>;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Says something when the command has ended. */
  readonly note: (text: string) => void;
}

const pollMilliseconds = 5_000;

/** Destroys an environment and its history. Refuses while deletion protection is on. */
export async function takeDown(request: DownRequest): Promise<void> {
  const { environment, facts, workspace, ledger, progress, note } = request;
  if (await workspace.exists(environment)) {
    await assertUnprotected(request);
    await settleInterrupted(request);
    await stopTasks(request);
    progress.step(`Destroy ${environment} with Pulumi`);
    await workspace.destroy(environment, { say: (line) => progress.detail(line), message: 'stack down' });
    // Nobody runs `up` for it again, and `prune` looks at what the backend has stacks of.
    if (facts.settings.expiry !== undefined) await workspace.remove(environment);
  }
  // The next environment of this name starts with an empty database, about which this history says nothing.
  progress.step(`Delete the release history of ${environment}`);
  await ledger.clear();
  const kept = existingResources(facts.settings).map(({ what, id }) => `${what} ${id}`);
  if (kept.length > 0) note(`Not of the stack, and left as it was: ${kept.join(', ')}`);
}

/** What an interrupted update has created goes too, and what the state does not have stays in AWS otherwise. */
async function settleInterrupted(request: DownRequest): Promise<void> {
  const { environment, workspace, clients, clock, progress, note } = request;
  const state = await workspace.state(environment);
  if (state.pendingOperations.length === 0) return;
  const { readInterruptedCreations } = await import('./interrupted-creations.ts');
  const { takeOver } = await import('./take-over.ts');
  const interrupted = await readInterruptedCreations(environment, state, clients);
  const nothing = { asked: { adoptions: [], components: [] }, config: {}, signal: new AbortController().signal };
  await takeOver({ environment, interrupted, ...nothing, workspace, clients, clock, progress, note });
  progress.step(`Refresh the state of ${environment}, which differs from what exists`);
  await workspace.refresh(environment, { say: (line) => progress.detail(line) });
}

/** Both the setting and the state must allow it before data is deleted. */
async function assertUnprotected({ environment, facts, workspace }: DownRequest): Promise<void> {
  const { resources } = await workspace.state(environment);
  const kept = resources.filter(({ protect }) => protect).map(({ urn }) => urn.split('::').at(-1) ?? urn);
  if (!facts.settings.deletionProtection && kept.length === 0) return;
  throw new Refusal({
    code: 'DELETION_PROTECTED',
    message: `${environment} is protected against deletion${kept.length === 0 ? '' : `: ${kept.join(', ')}`}.`,
    rule: 'Deleting a protected environment takes two steps, so that no single command does it.',
    remedy: `Set deletionProtection to false in Pulumi.${environment}.yaml, run \`npm run stack -- up ${environment} --target aws\`, then this again.`,
  });
}

/**
 * Without tasks the provider has nothing to drain: it gives a service up to 20 minutes to go, and a task that keeps
 * draining for longer leaves a destroyed half.
 */
async function stopTasks({ environment, facts, clients, clock, progress }: DownRequest): Promise<void> {
  const names = namesOf(environment, facts.settings);
  await talkToAws(async () => {
    if (!(await clusterExists(clients, names.cluster))) return;
    const services = await activeServices(clients, names);
    if (services.length === 0) return;
    progress.step(`Stop the tasks of ${environment}`);
    for (const { serviceName } of services) {
      await clients.ecs.send(
        new UpdateServiceCommand({ cluster: names.cluster, service: serviceName, desiredCount: 0 }),
      );
    }
    const { deregistrationDelaySeconds, stopTimeoutSeconds } = facts.contract;
    const until = clock.now() + (deregistrationDelaySeconds + stopTimeoutSeconds + 120) * 1000;
    for (;;) {
      const left = (await activeServices(clients, names)).reduce((sum, { runningCount = 0 }) => sum + runningCount, 0);
      if (left === 0 || clock.now() >= until) return;
      progress.detail(`${left} tasks are still running`);
      await clock.sleep(pollMilliseconds);
    }
  });
}
