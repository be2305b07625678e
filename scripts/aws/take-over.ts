import { UserError } from '../messages/user-error.ts';
import type { ExtraConfig } from '../pulumi/stack-config.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import type { Clock } from '../release/clock.ts';
import type { Progress } from '../release/target.ts';
import type { AskedAdoptions } from './asked-adoptions.ts';
import type { AwsClients } from './clients.ts';
import { adoptionsOf, type InterruptedCreation } from './interrupted-creation.ts';
import { readInterruptedCreations } from './interrupted-creations.ts';
import { namesOf } from './names.ts';

export interface TakeOverRequest {
  readonly environment: string;
  readonly interrupted: readonly InterruptedCreation[];
  readonly asked: AskedAdoptions;
  readonly config: ExtraConfig;
  readonly workspace: Pick<PulumiWorkspace, 'adopt' | 'state'>;
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** A database with a standby takes AWS up to half an hour to create. */
const readyTimeoutMs = 45 * 60_000;
const pollMs = 15_000;

/** Takes into the state what an interrupted update has created, and what the user named. */
export async function takeOver(request: TakeOverRequest): Promise<void> {
  const { environment, asked, config, workspace, progress, signal } = request;
  progress.step(`Look for what the interrupted update of ${environment} has created`);
  for (const { subject, outcome } of request.interrupted) {
    if (outcome === 'not created') progress.detail(`${subject} was not created`);
  }
  sayUnknown(request);
  const created = await untilReady(request);
  const adoptions = [...adoptionsOf(created), ...asked.adoptions];
  if (adoptions.length === 0) return;
  for (const one of created) {
    if (one.outcome === 'created') progress.detail(`${one.subject} was created: the ${one.called} joins the stack`);
  }
  const say = (line: string) => progress.detail(line);
  await workspace.adopt(environment, adoptions, asked.components, { config, say, signal, message: 'stack: adopt' });
}

/** What is read of a resource before AWS has finished it lacks what others need: an address, a secret. */
async function untilReady(request: TakeOverRequest): Promise<readonly InterruptedCreation[]> {
  const { environment, workspace, clients, clock, progress, signal } = request;
  const until = clock.now() + readyTimeoutMs;
  let latest = request.interrupted;
  for (;;) {
    const waiting = latest.flatMap((one) => (one.outcome === 'created' && !one.ready ? [one.called] : []));
    if (waiting.length === 0) return latest;
    signal.throwIfAborted();
    if (clock.now() >= until) {
      throw new UserError({
        code: 'NOT_READY',
        message: `AWS is still creating the ${waiting.join(', the ')} after ${readyTimeoutMs / 60_000} minutes.`,
        remedy: 'Find out in the AWS console what keeps it, then run the command again.',
      });
    }
    progress.detail(`AWS is still creating the ${waiting.join(', the ')}`);
    await clock.sleep(pollMs);
    latest = await readInterruptedCreations(environment, await workspace.state(environment), clients);
  }
}

function sayUnknown({ environment, interrupted, progress, note }: TakeOverRequest): void {
  const unknown = interrupted.filter(({ outcome }) => outcome === 'unknown').map(({ subject }) => subject);
  if (unknown.length === 0) return;
  for (const subject of unknown) progress.detail(`${subject} may exist: AWS cannot be asked for it by a name`);
  const { Project: project, Environment: tag } = namesOf(environment).tags;
  note(
    `The interrupted update of ${environment} may have created ${unknown.join(', ')}. AWS cannot be asked for that by a name, so the stack has another one now, and the first is paid for until it is deleted. Compare: aws resourcegroupstaggingapi get-resources --tag-filters Key=Project,Values=${project} Key=Environment,Values=${tag}, and pulumi stack export --stack ${environment}`,
  );
}
