import { execa } from 'execa';
import { answerMs } from '../../messages/tool-deadline.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Invocation } from '../../release/operations.ts';

/** The answer of `ecs:ExecuteCommand` and `ssm:StartSession`. */
export interface StartedSession {
  readonly sessionId?: string | undefined;
  readonly streamUrl?: string | undefined;
  readonly tokenValue?: string | undefined;
}

const plugin = 'session-manager-plugin';
/** The first version that reads a session from its environment; the token of one opens it to whoever lists processes. */
const oldestVersion = [1, 2, 497] as const;
const installPage =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';
/** The name of the variable is what the plugin gets as its first argument. */
const sessionVariable = 'AWS_SSM_START_SESSION_RESPONSE';

/** Rejects with what to install, before a session is opened that nothing could connect to. */
export async function assertPlugin(variables: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { stdout, exitCode } = await execa(plugin, ['--version'], {
    timeout: answerMs,
    reject: false,
    extendEnv: false,
    env: variables,
  });
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(String(stdout ?? ''));
  if (exitCode !== 0 || version === null) {
    throw new UserError({
      code: 'SESSION_PLUGIN_MISSING',
      message: `${plugin} is not on the PATH.`,
      rule: 'AWS connects to tasks through a program of its own, which no package registry has.',
      remedy: `Install it: ${installPage}`,
    });
  }
  const found = version.slice(1).map(Number);
  const [differing] = oldestVersion.map((part, index) => (found[index] ?? 0) - part).filter((part) => part !== 0);
  if (differing === undefined || differing > 0) return;
  throw new UserError({
    code: 'SESSION_PLUGIN_OLD',
    message: `${plugin} is ${version[0]}.`,
    rule: `From ${oldestVersion.join('.')} on it reads the token of a session from its environment; in its arguments, everybody on this machine could read it.`,
    remedy: `Update it: ${installPage}`,
  });
}

export interface PluginSession {
  readonly region: string;
  readonly session: StartedSession;
  /** What the session was requested with: the plugin opens it again by it when the connection breaks. */
  readonly request: object;
}

/** How the AWS CLI starts the plugin: https://github.com/aws/session-manager-plugin */
export function pluginInvocation({ region, session, request }: PluginSession): Invocation {
  const { sessionId: SessionId, streamUrl: StreamUrl, tokenValue: TokenValue } = session;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    executable: plugin,
    args: [sessionVariable, region, 'StartSession', '', JSON.stringify(request), `https://ssm.${region}.${domain}`],
    variables: { [sessionVariable]: JSON.stringify({ SessionId, StreamUrl, TokenValue }) },
    reportsExitCode: false,
  };
}
