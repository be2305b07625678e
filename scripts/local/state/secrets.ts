import { createHash, randomBytes } from 'node:crypto';
import type { Secret } from '../translate/program.ts';
import { readIfExists, writeAtomically } from './files.ts';

/** Values of an environment's secrets, by name. */
export type SecretValues = Readonly<Record<string, string>>;

/** 192 bits; letters, digits, `-` and `_` only, so that no SQL, shell or YAML has to quote them. */
const secretBytes = 24;

export async function readSecrets(path: string): Promise<SecretValues> {
  const text = await readIfExists(path);
  return text === undefined ? {} : (JSON.parse(text) as SecretValues);
}

/** Generates what is missing, keeps what is there; the file is readable by its owner only. */
export async function ensureSecrets(path: string, secrets: readonly Secret[]): Promise<SecretValues> {
  const known = await readSecrets(path);
  const missing = secrets.filter(({ name }) => known[name] === undefined);
  if (missing.length === 0) return known;
  const generated = missing.map(({ name }) => [name, randomBytes(secretBytes).toString('base64url')] as const);
  const all = { ...known, ...Object.fromEntries(generated) };
  await writeAtomically(path, `${JSON.stringify(all, null, 2)}\n`);
  return all;
}

/** Shows whether a value changed without showing it: it is too random to be guessed from its hash. */
export function fingerprintsOf(values: SecretValues): Readonly<Record<string, string>> {
  const fingerprint = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 12);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fingerprint(value)]));
}

/** Secrets as the deploying process has them in its environment. */
export function secretVariables(secrets: readonly Secret[], values: SecretValues): Record<string, string> {
  return Object.fromEntries(secrets.map(({ name, variable }) => [variable, values[name] ?? '']));
}
