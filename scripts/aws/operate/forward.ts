import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Task } from '@aws-sdk/client-ecs';
import { StartSessionCommand } from '@aws-sdk/client-ssm';
import { UserError } from '../../messages/user-error.ts';
import type { ForwardRequest, Tunnel } from '../../release/operations.ts';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import { assertReachable, type SessionContext, sessionTarget } from './exec.ts';
import { assertPlugin, pluginInvocation } from './session-plugin.ts';
import { runningTask, serviceOf } from './tasks.ts';

export interface ForwardContext extends SessionContext {
  readonly clients: SessionContext['clients'] & Pick<AwsClients, 'ssm'>;
}

/** A task that lets a session in, on a machine that can open one; rejects with what is missing. */
export async function reachableTask(
  { clients, names, variables }: ForwardContext,
  asked: string | undefined,
): Promise<{ readonly task: Task; readonly runtimeId: string }> {
  return talkToAws(async () => {
    const purpose = 'to forward to';
    const chosen = await serviceOf(clients, names, asked, purpose);
    const task = await runningTask(clients, names, chosen, purpose);
    const { runtimeId } = assertReachable(names, task, chosen.process);
    await assertPlugin(variables);
    return { task, runtimeId };
  });
}

/** A port of this machine that leads to one of a running task, or through the task to another host. */
export async function forwardToTask(
  { clients, names, variables }: ForwardContext,
  { process: asked, port, localPort }: ForwardRequest,
  host?: string,
): Promise<Tunnel> {
  const invocation = await talkToAws(async () => {
    const { task, runtimeId } = await reachableTask({ clients, names, variables }, asked);
    const request = {
      Target: sessionTarget(names.cluster, task, runtimeId),
      DocumentName:
        host === undefined ? 'AWS-StartPortForwardingSession' : 'AWS-StartPortForwardingSessionToRemoteHost',
      Parameters: {
        portNumber: [String(port)],
        localPortNumber: [String(localPort)],
        ...(host === undefined ? {} : { host: [host] }),
      },
    };
    const { SessionId, StreamUrl, TokenValue } = await clients.ssm.send(new StartSessionCommand(request));
    const session = { sessionId: SessionId, streamUrl: StreamUrl, tokenValue: TokenValue };
    return pluginInvocation({ region: clients.region, session, request });
  });
  const child = spawn(invocation.executable, [...invocation.args], {
    env: { ...variables, ...invocation.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C in psql cancels a statement: it must not end what the session goes through.
    detached: true,
  });
  const end = () => void child.kill('SIGTERM');
  process.once('exit', end);
  const said: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 || child.killed ? resolve() : reject(broken(said))));
  });
  const opened = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        // What the plugin prints once it listens.
        if (/Waiting for connections/i.test(line)) resolve();
      });
    }
  });
  await Promise.race([opened, ended.then(() => Promise.reject(broken(said)))]);
  return {
    localPort,
    ended,
    close: async () => {
      process.off('exit', end);
      end();
      await ended.catch(() => undefined);
    },
  };
}

function broken(said: readonly string[]): UserError {
  return new UserError({
    code: 'SESSION_FAILED',
    message: 'The session ended before or while it was used.',
    remedy: 'Run the command again; what the plugin said is above.',
    details: said.slice(-10).join('\n'),
  });
}
