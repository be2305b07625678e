import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { answerMs } from '../messages/tool-deadline.ts';
import { UserError } from '../messages/user-error.ts';
import type { EnginePlace } from './workspace.ts';

/**
 * The version of the first Node on the PATH, on which the Pulumi engine runs the program's own provider, whatever Node
 * this process has. Rejects with `ENGINE_NODE_UNSUITABLE` if there is none, or it cannot run TypeScript.
 */
export async function engineNode({ projectDirectory, environmentVariables }: EnginePlace): Promise<string> {
  const { stdout, failed } = await execa('node', ['-p', 'process.version + " " + process.features.typescript'], {
    timeout: answerMs,
    env: { ...environmentVariables },
    extendEnv: false,
    reject: false,
  });
  const [version = '', typescript] = failed ? [] : stdout.split(' ');
  if (typescript === 'strip') return version;
  const { engines } = JSON.parse(await readFile(join(projectDirectory, 'package.json'), 'utf8'));
  throw new UserError({
    code: 'ENGINE_NODE_UNSUITABLE',
    message:
      version === ''
        ? 'There is no Node on the PATH.'
        : `The first Node on the PATH is ${version}, which cannot run TypeScript.`,
    rule: `The Pulumi engine starts the provider of the migrations with it, which needs Node ${engines.node}.`,
    remedy: `Put a Node ${engines.node} first on the PATH; on Linux, the project brings one in node_modules/.bin.`,
  });
}
