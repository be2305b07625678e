import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Migration, MigrationKind } from './migration.ts';

const fileName = /^(\d{8}T\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*)\.(expand|contract)\.m?[jt]s$/;

/**
 * The migrations of a directory in the order in which they are applied.
 * @throws Error when a file is not named `<yyyymmddThhmm>-<slug>.<expand|contract>.<extension>`
 */
export function containedMigrations(directory: string): readonly Migration[] {
  const migrations = readdirSync(directory)
    .toSorted()
    .map((file) => parseFileName(directory, file));
  const twice = migrations.find(({ name }, index) => migrations[index + 1]?.name === name);
  if (twice !== undefined) {
    throw new Error(`two migrations are named ${twice.name}`);
  }
  return migrations;
}

function parseFileName(directory: string, file: string): Migration {
  const [, name, kind] = fileName.exec(file) ?? [];
  if (name === undefined || !isKind(kind)) {
    throw new Error(`${file} is not named <yyyymmddThhmm>-<slug>.<expand|contract>.ts`);
  }
  return { name, kind, file: join(directory, file) };
}

function isKind(kind: string | undefined): kind is MigrationKind {
  return kind === 'expand' || kind === 'contract';
}
