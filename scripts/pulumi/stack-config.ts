import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { stackFilePath } from '../../infra/graph/stack-files.ts';

/** Config keys with their namespace (`nest-fargate:release`) that an operation gets on top of the stack's file. */
export type ExtraConfig = Readonly<Record<string, string>>;

/**
 * Runs `use` with a copy of `Pulumi.<environment>.yaml` to which `extra` was added, and removes the copy afterwards.
 * The file of the work tree is never written to: a pin is a fact of one operation (Pulumi's history records it), not an edit
 * that someone has to commit or to take back. Without `extra`, `use` gets `undefined` and the engine reads the file itself.
 */
export async function withConfigFile<T>(
  projectDirectory: string,
  environment: string,
  extra: ExtraConfig,
  use: (configFile: string | undefined) => Promise<T>,
): Promise<T> {
  if (Object.keys(extra).length === 0) return use(undefined);
  const source = await readFile(stackFilePath(projectDirectory, environment), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  const document = parseDocument(source);
  for (const [key, value] of Object.entries(extra)) document.setIn(['config', key], value);
  const directory = await mkdtemp(join(tmpdir(), 'stack-config-'));
  const configFile = join(directory, `Pulumi.${environment}.yaml`);
  try {
    await writeFile(configFile, document.toString(), { mode: 0o600 });
    return await use(configFile);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The key provider that a new stack's secrets are encrypted with, as its file names it; undefined: the backend's default. */
export async function secretsProviderOf(projectDirectory: string, environment: string): Promise<string | undefined> {
  const source = await readFile(stackFilePath(projectDirectory, environment), 'utf8').catch(() => '');
  const provider: unknown = parseDocument(source).get('secretsprovider');
  return typeof provider === 'string' ? provider : undefined;
}
