import { UserError } from '../messages/user-error.ts';
import { UpdateError } from '../pulumi/problems.ts';
import type { PulumiWorkspace, UpdateResult } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import type { Applied, Progress } from '../release/target.ts';
import type { AwsClients } from './clients.ts';
import { setupCommands, type WorkflowSetup } from './delivery-roles.ts';
import { explainServices } from './explain.ts';
import { readIdentity } from './identity.ts';
import { type AwsNames, namesOf } from './names.ts';
import type { PlanDetails } from './plan.ts';
import { rollbackTargetProblems } from './preflight.ts';
import { assertImagePullable, keepImage, parseImageReference, registryOf } from './registry.ts';
import { awaitRollout } from './rollout.ts';
import { withServiceEvents } from './service-events.ts';
import { askedServices, parseOutputs } from './stack-state.ts';
import { shiftBack } from './traffic-shift.ts';
import { assertMayChange } from './workflow-permissions.ts';

export interface ApplyRequest {
  readonly details: PlanDetails;
  readonly workspace: PulumiWorkspace;
  readonly clients: AwsClients;
  /** Of the account in which the image of a promoted release is. */
  readonly sourceClients: () => AwsClients;
  readonly names: AwsNames;
  readonly workflows: WorkflowSetup;
  readonly clock: Clock;
  /** Timeout of a rollout, from the contract. */
  readonly rolloutTimeoutSeconds: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Says something when the command has ended. */
  readonly note: (text: string) => void;
}

/** Applies a plan with the engine, then asks ECS whether it runs. */
export async function applyPlan(request: ApplyRequest): Promise<Applied> {
  const { details, workspace, clients, names, progress } = request;
  const { plan } = details;
  await assertMayChange(details.ofWorkflows, plan.environment, clients);
  if (!plan.build) await assertImagePullable(clients, plan.release);
  if (isFromElsewhere(plan)) await keepImageOf(request);
  if (!plan.build) await shiftTrafficBack(request);
  for (const problem of await rollbackTargetProblems(clients, names)) {
    progress.detail(`warning: ECS could not roll back by itself if this rollout failed: ${problem}`);
  }
  if (!details.stackExists) {
    progress.step(`Create the stack ${plan.environment}`);
    await workspace.create(plan.environment);
  }
  await adoptExisting(request);
  if (details.refresh) await refreshState(request);
  const { outputs } = await update(request);
  const { release, url } = parseOutputs(outputs);
  assertAsPlanned(plan, release);
  const notes = details.newRoles ? setupCommands(outputs['deliveryRoles'], request.workflows) : [];
  return { release, url, revision: await assertRolledOut(request), notes };
}

/** The engine follows: it deploys the same image in a rollout of its own, while that image already serves. */
async function shiftTrafficBack(request: ApplyRequest): Promise<void> {
  const { details, clients, names, clock, rolloutTimeoutSeconds, progress, signal } = request;
  const { release } = details.plan;
  const say = (line: string) => progress.detail(line);
  const wait = { clock, signal, timeoutSeconds: rolloutTimeoutSeconds, say };
  await shiftBack(clients, names, release.digest, wait);
}

/** Whether another environment built it, so that the image is in that one's registry. */
function isFromElsewhere({ environment, release }: PlanDetails['plan']): boolean {
  const reference = parseImageReference(release.image);
  return reference !== undefined && reference.repositoryName !== namesOf(environment).repository;
}

/** A tag is written where the image is: in another account, with what that account allows a promotion. */
async function keepImageOf({ details, clients, sourceClients }: ApplyRequest): Promise<void> {
  const { environment, release } = details.plan;
  const { account } = await readIdentity(clients);
  const home = parseImageReference(release.image)?.registryId ?? account;
  await keepImage(registryOf(home === account ? clients : sourceClients(), release.image), environment, release);
}

/** Takes into the state what exists: of an interrupted update, and what the user named. */
async function adoptExisting({
  details,
  workspace,
  clients,
  clock,
  progress,
  signal,
  note,
}: ApplyRequest): Promise<void> {
  const { plan, interrupted, asked, config } = details;
  if (interrupted.length === 0 && asked.adoptions.length === 0) return;
  const { takeOver } = await import('./take-over.ts');
  const { environment } = plan;
  await takeOver({ environment, interrupted, asked, config, workspace, clients, clock, progress, signal, note });
}

/** An interrupted operation may have happened or not: a refresh makes the update start from what exists. */
async function refreshState({ details, workspace, progress, signal }: ApplyRequest): Promise<void> {
  const { environment } = details.plan;
  const { pendingOperations } = await workspace.state(environment);
  progress.step(`Refresh the state of ${environment}, which differs from what exists`);
  for (const { type, urn } of pendingOperations) {
    progress.detail(`interrupted while ${type} ${urn.split('::').at(-1)}`);
  }
  await workspace.refresh(environment, { say: (line) => progress.detail(line), signal, config: details.config });
}

async function update(request: ApplyRequest): Promise<UpdateResult> {
  const { details, workspace, clients, names, clock, progress, signal } = request;
  const { environment, release, build } = details.plan;
  const say = (line: string) => progress.detail(line);
  progress.step(`${build ? 'Build and deploy' : 'Deploy'} ${release.version} to ${environment} with Pulumi`);
  try {
    return await withServiceEvents(clients, names, { clock, say }, () =>
      workspace.up(environment, { config: details.config, message: `stack: ${release.version}`, say, signal }),
    );
  } catch (error) {
    throw await withExplanation(error, clients, names, clock);
  }
}

/** A provider only reports that it timed out, or that a name is taken; AWS knows why, and by whom. */
async function withExplanation(error: unknown, clients: AwsClients, names: AwsNames, clock: Clock): Promise<unknown> {
  if (error instanceof UpdateError && error.code === 'NAME_TAKEN') {
    const { explainCollisions } = await import('./collisions.ts');
    return explainCollisions(error, names.tags.Environment, clients);
  }
  if (!(error instanceof UserError) || error.code !== 'UPDATE_FAILED') return error;
  const explanation = await explainServices(clients, names, clock.now()).catch(() => '');
  if (explanation === '') return error;
  return new UserError({
    code: error.code,
    message: error.message,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    details: [error.details ?? '', explanation].filter((text) => text !== '').join('\n\n'),
    cause: error,
  });
}

function assertAsPlanned(plan: PlanDetails['plan'], release: Applied['release']): void {
  const digestDiffers = !plan.build && release.digest !== plan.release.digest;
  if (release.version === plan.release.version && !digestDiffers) return;
  throw new UserError({
    code: 'ANOTHER_RELEASE',
    message: `Pulumi deployed ${release.version} (${release.digest}), not ${plan.release.version} (${plan.release.digest}).`,
    rule: 'What was planned and shown is what runs.',
    remedy: 'The work tree or the stack changed in the meantime. Run the command again.',
  });
}

/** @returns the task definition that the first service runs */
async function assertRolledOut(request: ApplyRequest): Promise<string> {
  const { details, workspace, clients, clock, rolloutTimeoutSeconds, progress, signal } = request;
  const { environment } = details.plan;
  progress.step('Check with ECS that it runs what Pulumi deployed');
  const asked = askedServices(await workspace.state(environment));
  const wait = { clock, signal, timeoutSeconds: rolloutTimeoutSeconds, say: (line: string) => progress.detail(line) };
  try {
    for (const service of asked) await awaitRollout(clients, service, wait);
  } catch (error) {
    if (signal.aborted) throw interruptedDuringRollout();
    throw error;
  }
  return asked[0]?.taskDefinition ?? '';
}

function interruptedDuringRollout(): UserError {
  return new UserError({ code: 'INTERRUPTED', message: 'Interrupted while ECS was still rolling out.' });
}
