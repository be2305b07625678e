import { join } from 'node:path';

import type { Docker } from '../engine/docker.ts';
import { csvField } from '../engine/path-arguments.ts';
import { writeAtomically } from '../state/files.ts';
import { renderStack, type StackDocument } from '../translate/stack-document.ts';

export interface StackDeployment {
  readonly docker: Docker;
  readonly stack: string;
  readonly document: StackDocument;
  /** The rendered document is kept here, without any secret's value, beside the files that it names. */
  readonly path: string;
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Images are named by their ids, so no registry is asked (`--resolve-image never`); services that the document no longer
 * has are removed (`--prune`).
 */
export async function deployStack({
  docker,
  stack,
  document,
  path,
  secretVariables,
  signal,
}: StackDeployment): Promise<void> {
  await writeAtomically(path, renderStack(document));
  const args = ['stack', 'deploy', '--resolve-image', 'never', '--prune', '--compose-file', csvField(path), stack];
  await docker.run(args, { variables: secretVariables, signal });
}

export function documentPath(directory: string, stack: 'services' | 'data'): string {
  return join(directory, `${stack}.yaml`);
}
