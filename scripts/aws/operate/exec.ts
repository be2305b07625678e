import { ExecuteCommandCommand, type Task } from '@aws-sdk/client-ecs';
import { stackCommand } from '../../messages/next-command.ts';
import { Refusal, UserError } from '../../messages/user-error.ts';
import type { ExecRequest, Invocation } from '../../release/operations.ts';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import type { AwsNames } from '../names.ts';
import { idOf } from '../services.ts';
import { assertPlugin, pluginInvocation } from './session-plugin.ts';
import { runningTask, serviceOf } from './tasks.ts';

export interface SessionContext {
  readonly clients: Pick<AwsClients, 'ecs' | 'region'>;
  readonly names: AwsNames;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** ECS Exec in a running task of the process, through AWS's session-manager-plugin. */
export async function execInTask(
  { clients, names, variables }: SessionContext,
  { process: asked, program }: ExecRequest,
): Promise<Invocation> {
  return talkToAws(async () => {
    const purpose = 'to run a program in';
    const chosen = await serviceOf(clients, names, asked, purpose);
    const task = await runningTask(clients, names, chosen, purpose);
    const { process } = chosen;
    const { runtimeId } = assertReachable(names, task, process);
    await assertPlugin(variables);
    const { session } = await clients.ecs.send(
      new ExecuteCommandCommand({
        cluster: names.cluster,
        task: task.taskArn,
        container: process,
        command: program.map(quoted).join(' '),
        interactive: true,
      }),
    );
    return pluginInvocation({
      region: clients.region,
      session: session ?? {},
      request: { Target: sessionTarget(names.cluster, task, runtimeId) },
    });
  });
}

/** What Session Manager calls a container: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html */
export function sessionTarget(cluster: string, task: Task, runtimeId: string): string {
  return `ecs:${cluster}_${idOf(task.taskArn)}_${runtimeId}`;
}

/** Rejects where ECS Exec is off, or its agent does not run in the task. */
export function assertReachable(
  { tags }: AwsNames,
  { enableExecuteCommand, containers = [], taskArn }: Task,
  process: string,
): { readonly runtimeId: string } {
  if (enableExecuteCommand !== true) {
    throw new Refusal({
      code: 'EXEC_OFF',
      message: `ECS Exec is off for the tasks of ${tags.Environment}.`,
      rule: 'The setting `ecsExec` gives every task an agent, three writable folders and a log of its sessions: docs/security.md.',
      remedy: `\`pulumi config set ecsExec true --stack ${tags.Environment}\`, then \`${stackCommand('aws', 'up', tags.Environment)}\`. \`stack run\` starts a task of its own, and needs none of it.`,
    });
  }
  const container = containers.find(({ name }) => name === process);
  const agent = container?.managedAgents?.find(({ name }) => name === 'ExecuteCommandAgent');
  if (container?.runtimeId !== undefined && agent?.lastStatus === 'RUNNING') return { runtimeId: container.runtimeId };
  throw new UserError({
    code: 'EXEC_AGENT_DOWN',
    message: `The ECS Exec agent of task ${idOf(taskArn)} does not run${agent?.reason === undefined ? '' : `: ${agent.reason}`}.`,
    rule: 'A task that was started before `ecsExec` was set has none, and an agent may take a minute to start.',
    remedy: 'Wait a minute, or replace the tasks.',
  });
}

/** ECS splits the command as a shell does: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
