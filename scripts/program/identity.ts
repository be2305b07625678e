import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readConfig } from '../../infra/graph/stack-files.ts';

/** SHA-256 of the environment's configuration. Encrypted values are placeholders there; the release is no setting. */
export function hashSettings(projectDirectory: string, environment: string): string {
  const settings = Object.entries(readConfig(projectDirectory, environment))
    .filter(([key]) => !key.endsWith(':release'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

/** The commit of the infrastructure program; ends in `-dirty` when the work tree differs from it. */
export function readProgramCommit(projectDirectory: string): string {
  const commit = git(projectDirectory, ['rev-parse', 'HEAD']);
  if (commit === undefined) return 'unknown';
  const files = ['infra', ':(glob)Pulumi*.yaml', ':(glob)**/stack.app.ts', 'package-lock.json'];
  const changes = git(projectDirectory, ['status', '--porcelain', '--', ...files]);
  return changes === '' ? commit : `${commit}-dirty`;
}

function git(projectDirectory: string, args: readonly string[]): string | undefined {
  try {
    const output = execFileSync('git', ['-C', projectDirectory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim();
  } catch {
    return undefined;
  }
}
