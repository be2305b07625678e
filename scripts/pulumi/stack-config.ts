import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import {
  encryptionKeysIn,
  readStackText,
  recordEncryptionKeys,
  type StackFile,
  withEncryptionKeys,
} from './encryption-keys.ts';

/** Config keys with their namespace (`nest-fargate:release`) that an operation gets on top of the stack's file. */
export type ExtraConfig = Readonly<Record<string, string>>;

/**
 * Runs `use` with a copy of `Pulumi.<environment>.yaml` to which `extra` was added and which lacks the keys in `without`,
 * and removes the copy afterwards.
 * A pin is a fact of one operation (Pulumi's history records it), not an edit that someone has to commit or to revert; and
 * the CLI rewrites the file that it is given, when it decides how secrets are encrypted: only that is recorded in the file
 * itself. Without a file and without `extra`, `use` gets `undefined`.
 */
export async function withConfigFile<T>(
  { projectDirectory, ownDirectory = projectDirectory, environment }: Omit<StackFile, 'note'>,
  { extra = {}, without = [] }: { readonly extra?: ExtraConfig; readonly without?: readonly string[] },
  use: (configFile: string | undefined) => Promise<T>,
): Promise<T> {
  const source = await readStackText(projectDirectory, environment);
  if (source === '' && Object.keys(extra).length === 0) return use(undefined);
  const own = ownDirectory === projectDirectory ? source : await readStackText(ownDirectory, environment);
  const keyed = withEncryptionKeys(source, { ...encryptionKeysIn(own), ...encryptionKeysIn(source) });
  const given = edited(keyed, extra, without);
  const directory = await mkdtemp(join(tmpdir(), 'stack-config-'));
  const configFile = join(directory, `Pulumi.${environment}.yaml`);
  try {
    await writeFile(configFile, given, { mode: 0o600 });
    return await use(configFile);
  } finally {
    const after = await readFile(configFile, 'utf8').catch(() => given);
    await rm(directory, { recursive: true, force: true });
    if (!isDeepStrictEqual(encryptionKeysIn(after), encryptionKeysIn(given))) {
      await recordEncryptionKeys(ownDirectory, environment, after);
    }
  }
}

function edited(text: string, extra: ExtraConfig, without: readonly string[]): string {
  const document = parseDocument(text);
  const removed = without.filter((key) => document.deleteIn(['config', key]));
  if (removed.length === 0 && Object.keys(extra).length === 0) return text;
  for (const [key, value] of Object.entries(extra)) document.setIn(['config', key], value);
  return document.toString();
}

/** The key provider that a new stack's secrets are encrypted with, as its file names it; undefined: the backend's default. */
export async function secretsProviderOf(projectDirectory: string, environment: string): Promise<string | undefined> {
  return encryptionKeysIn(await readStackText(projectDirectory, environment)).secretsprovider;
}
