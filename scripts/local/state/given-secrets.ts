import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { SecretStore } from '../../release/target.ts';
import type { Secret } from '../translate/program.ts';
import { readIfExists, writeAtomically } from './files.ts';

const schema = z.record(
  z.string(),
  z.strictObject({
    value: z.string(),
    /** Another one for each value: a hash of a value that a person chose could be guessed. */
    version: z.string(),
    changedAt: z.string(),
  }),
);

/** Secrets that a person has set, by name. */
export type GivenSecrets = z.output<typeof schema>;

export async function readGivenSecrets(path: string): Promise<GivenSecrets> {
  const text = await readIfExists(path);
  return text === undefined ? {} : schema.parse(JSON.parse(text));
}

/** Values and fingerprints of a program's secrets of this kind, by the names that it has for them. */
export function givenValues(secrets: readonly Secret[], given: GivenSecrets) {
  const found = secrets.flatMap(({ name, given: key }) => {
    const secret = key === undefined ? undefined : given[key];
    return secret === undefined ? [] : [[name, secret] as const];
  });
  return {
    values: Object.fromEntries(found.map(([name, { value }]) => [name, value])),
    fingerprints: Object.fromEntries(found.map(([name, { version }]) => [name, version])),
  };
}

/** A file that git ignores and that only its owner may read. `down` leaves it: nobody can generate these values again. */
export function createGivenSecretStore(
  path: string,
  pathOf: (environment: string) => string = () => path,
): SecretStore {
  const write = async (secrets: GivenSecrets) => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomically(path, `${JSON.stringify(secrets, null, 2)}\n`);
  };
  return {
    async list() {
      return Object.entries(await readGivenSecrets(path)).map(([name, { changedAt }]) => ({ name, changedAt }));
    },
    async set(name, value) {
      const secret = { value, version: randomUUID(), changedAt: new Date().toISOString() };
      await write({ ...(await readGivenSecrets(path)), [name]: secret });
    },
    async unset(name) {
      const { [name]: removed, ...others } = await readGivenSecrets(path);
      if (removed !== undefined) await write(others);
      return removed !== undefined;
    },
    async borrow(environment) {
      const [own, others] = [await readGivenSecrets(path), await readGivenSecrets(pathOf(environment))];
      if (Object.keys(own).length > 0 || Object.keys(others).length === 0) return false;
      await write(others);
      return true;
    },
  };
}
