import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parse, parseDocument, stringify } from 'yaml';
import { stackFilePath } from '../../infra/graph/stack-files.ts';
import { expiringPrefix } from '../../infra/settings/environment-name.ts';

/**
 * Where a stack file says how the secrets of its stack are encrypted: all that Pulumi writes into it by itself, in the
 * first update of a stack and when the key provider changes.
 * Source: needsSaveProjectStackAfterSecretManger in pulumi/pulumi, pkg/cmd/pulumi/stack/secrets.go.
 */
const keys = ['secretsprovider', 'encryptedkey', 'encryptionsalt'] as const;

type EncryptionKeys = Readonly<Partial<Record<(typeof keys)[number], string>>>;

/** The text of a stack file; empty when there is none. */
export async function readStackText(projectDirectory: string, environment: string): Promise<string> {
  return readFile(stackFilePath(projectDirectory, environment), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** What a stack file says about the encryption of its secrets. */
export function encryptionKeysIn(text: string): EncryptionKeys {
  const document = parseDocument(text);
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value: unknown = isMap(document.contents) ? document.get(key) : undefined;
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );
}

/**
 * A stack file with other encryption keys and otherwise, to the last byte, as it is. The CLI itself would drop its blank
 * lines and move its comments.
 */
export function withEncryptionKeys(text: string, wanted: EncryptionKeys): string {
  const own = encryptionKeysIn(text);
  return keys.reduce((edited, key) => {
    const value = wanted[key];
    if (value === own[key]) return edited;
    return value === undefined
      ? without(edited, key)
      : own[key] === undefined
        ? append(edited, key, value)
        : replace(edited, key, value);
  }, text);
}

function append(text: string, key: string, value: string): string {
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${separator}${lineOf(key, value)}`;
}

function replace(text: string, key: string, value: string): string {
  const [start, end] = rangeOf(text, key);
  return text.slice(0, start) + lineOf(key, value).trimEnd() + text.slice(end);
}

function without(text: string, key: string): string {
  const [start, end] = rangeOf(text, key);
  const next = text.indexOf('\n', end);
  return text.slice(0, start) + (next === -1 ? '' : text.slice(next + 1));
}

function lineOf(key: string, value: string): string {
  return stringify({ [key]: value }, { lineWidth: 0 });
}

/** From the key to the end of the value. */
function rangeOf(text: string, key: string): readonly [number, number] {
  const { contents } = parseDocument(text);
  const pair = isMap(contents)
    ? contents.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  const start = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  const end = isScalar(pair?.value) ? pair.value.range?.[1] : undefined;
  if (start === undefined || end === undefined) throw new Error(`${key} is not a text of the file.`);
  return [start, end];
}

export interface StackFile {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  /**
   * The user's own project, if the other one is a checkout of an earlier commit. How secrets are encrypted is a fact of
   * the stack, not of a commit: what a file of that time does not say is taken from there, and written there.
   */
  readonly ownDirectory?: string;
  readonly environment: string;
  /** Is told what was written into the file, and that it has to be committed. */
  readonly note: (text: string) => void;
}

/**
 * Runs calls of the CLI, which may rewrite the stack file, and gives the file its own form back. What somebody else changed
 * in the meantime stays.
 */
export async function keepingForm<T>(file: StackFile, calls: () => Promise<T>): Promise<T> {
  const { projectDirectory, ownDirectory = projectDirectory, environment, note } = file;
  const checkout = projectDirectory === ownDirectory ? undefined : await readStackText(projectDirectory, environment);
  const before = await readStackText(ownDirectory, environment);
  try {
    return await calls();
  } finally {
    if (checkout !== undefined) await writeIfChanged(projectDirectory, environment, checkout);
    const after = await readStackText(ownDirectory, environment);
    const [own, written] = [encryptionKeysIn(before), encryptionKeysIn(after)];
    if (!isDeepStrictEqual(written, own)) {
      const edited = withEncryptionKeys(before, written);
      if (isDeepStrictEqual(parse(edited), parse(after))) await writeIfChanged(ownDirectory, environment, edited);
      // That of an environment that expires is nobody's to commit: the key is in the state, too.
      if (!environment.startsWith(expiringPrefix)) note(sayWritten(`Pulumi.${environment}.yaml`, own, written));
    }
  }
}

/** Brings the encryption keys that the CLI has written into a copy of a stack file into that file. */
export async function recordEncryptionKeys(directory: string, environment: string, copy: string): Promise<void> {
  const text = await readStackText(directory, environment);
  await writeIfChanged(directory, environment, withEncryptionKeys(text, encryptionKeysIn(copy)));
}

async function writeIfChanged(directory: string, environment: string, text: string): Promise<void> {
  if ((await readStackText(directory, environment)) === text) return;
  await writeFile(stackFilePath(directory, environment), text);
}

function sayWritten(file: string, before: EncryptionKeys, after: EncryptionKeys): string {
  const changed = keys.filter((key) => after[key] !== before[key]);
  const added = changed.filter((key) => before[key] === undefined);
  const did = added.length === changed.length ? 'Added' : 'Changed';
  return `${did} ${changed.join(' and ')} in ${file}, with which Pulumi encrypts the secrets of this stack; the rest of the file is as it was. Commit it: without it, the next machine encrypts with another key and cannot read what was encrypted with this one.`;
}
