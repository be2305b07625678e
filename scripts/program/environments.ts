import { readdir } from 'node:fs/promises';
import { didYouMean } from '../../infra/settings/did-you-mean.ts';
import { UserError } from '../messages/user-error.ts';
import { isExpiringName } from './small-settings.ts';

const stackFile = /^Pulumi\.([^.]+)\.yaml$/;

/** Environments are what has a stack file, beside Pulumi.yaml or where its stackConfigDir says. */
export async function listEnvironments(projectDirectory: string): Promise<readonly string[]> {
  const beside = await stackFilesIn(projectDirectory);
  if (beside.length > 0) return beside;
  const { readProjectFile } = await import('../../infra/graph/stack-files.ts');
  return stackFilesIn(readProjectFile(projectDirectory).stackDirectory);
}

async function stackFilesIn(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory);
  return files.flatMap((file) => stackFile.exec(file)?.[1] ?? []).sort();
}

/** Rejects with the existing environments unless this one exists. */
export async function assertEnvironment(projectDirectory: string, name: string): Promise<void> {
  const environments = await listEnvironments(projectDirectory);
  if (environments.includes(name)) return;
  const nearest = didYouMean(name, environments);
  throw new UserError({
    code: 'ENVIRONMENT_UNKNOWN',
    message: `There is no environment ${name}.`,
    rule: 'An environment is what has a file Pulumi.<environment>.yaml.',
    remedy: `${isExpiringName(name) ? `A small one that expires is made by \`stack up ${name} --expires 3d\`. ` : ''}${nearest === undefined ? '' : `Did you mean ${nearest}? `}There are: ${environments.join(', ') || 'none'}.`,
  });
}
