import type { Migration } from './release.ts';
import { ReleaseSourceError } from './release-source-error.ts';

/** How the files of a folder are named: `stack` is this project's own way. */
export type MigrationTool = 'stack' | 'prisma' | 'drizzle' | 'knex' | 'sequelize' | 'typeorm' | 'node-pg-migrate';

/**
 * Where it can be seen which migrations a release contains. `none`: there are none. `unknown`: nobody can tell, so that a
 * rollback and a promotion are never called safe.
 */
export type MigrationSource =
  | 'none'
  | 'unknown'
  | {
      readonly tool: MigrationTool;
      /** Relative to the app's directory. */
      readonly folder: string;
    };

const stackName = /^(\d{8}T\d{4}-[a-z0-9-]+)\.(expand|contract)\.ts$/;
/** A timestamp or a number, then a name. What undoes a migration is no migration of its own. */
const numbered = /^(\d[\w.-]*?)(?:\.up)?\.(?:sql|[cm]?[jt]s)$/;
const ignored = /\.down\.sql$|\.d\.[cm]?ts$|\.map$|^meta\//;
/** Says of migrations of other tools what they are, by their names: `{ "20261121_init": "expand" }`. */
const sidecar = 'expand-contract.json';

const folders: ReadonlySet<MigrationTool> = new Set(['prisma', 'drizzle']);

/**
 * The migrations in a build context, in the order of their names, which is the one in which they run.
 *
 * @param files of the context; `readText` reads one of them
 * @param prefix of the app's files in the context
 * @throws ReleaseSourceError for a file that is not named like a migration: one that is overlooked would count as none
 */
export function readMigrations(
  source: MigrationSource,
  version: string,
  files: readonly string[],
  prefix: string,
  readText: (file: string) => string,
): readonly Migration[] {
  if (source === 'none') return [];
  if (source === 'unknown') return [{ name: `what-${version}-does`, kind: 'unknown' }];
  const folder = `${prefix}${source.folder.replace(/^\.?\/|\/$/g, '')}/`;
  const inFolder = files.filter((file) => file.startsWith(folder)).map((file) => file.slice(folder.length));
  if (source.tool === 'stack') return inFolder.map((file) => stackMigration(folder, file));
  if (inFolder.length === 0) {
    throw new ReleaseSourceError(
      `${folder} has no file that is part of the image: the app’s manifest says that its migrations are there.`,
    );
  }
  const kinds = inFolder.includes(sidecar) ? readKinds(`${folder}${sidecar}`, readText) : {};
  const names = [...new Set(inFolder.flatMap((file) => nameOf(source.tool, folder, file)))].toSorted();
  const unused = Object.keys(kinds).filter((name) => !names.includes(name));
  if (unused.length > 0) {
    throw new ReleaseSourceError(
      `${folder}${sidecar} names ${unused.join(', ')}: there is no such migration beside it.`,
    );
  }
  return names.map((name) => ({ name, kind: kinds[name] ?? 'unknown' }));
}

function stackMigration(folder: string, file: string): Migration {
  const [, name, kind] = stackName.exec(file) ?? [];
  if (name === undefined || (kind !== 'expand' && kind !== 'contract')) {
    throw new ReleaseSourceError(
      `${folder}${file} is not named like a migration: <yyyymmddThhmm>-<what it does>.<expand|contract>.ts, such as 20261121T0900-create-todos.expand.ts.`,
    );
  }
  return { name, kind };
}

/** A folder per migration for some tools, a file for the others. */
function nameOf(tool: MigrationTool, folder: string, file: string): readonly string[] {
  if (file === sidecar || ignored.test(file)) return [];
  if (folders.has(tool)) {
    if (file === 'migration_lock.toml') return [];
    const [, name] = /^([\w.-]+)\/[^/]+$/.exec(file) ?? [];
    if (name !== undefined) return [name];
  }
  const [, name] = tool === 'prisma' ? [] : (numbered.exec(file) ?? []);
  if (name !== undefined) return [name];
  throw new ReleaseSourceError(
    `${folder}${file} is not named like a migration of ${tool}. Move it elsewhere: what is overlooked would count as no migration.`,
  );
}

function readKinds(file: string, readText: (file: string) => string): Readonly<Record<string, 'expand' | 'contract'>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(file));
  } catch {
    parsed = undefined;
  }
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [['', '']];
  const wrong = entries.filter(([, kind]) => kind !== 'expand' && kind !== 'contract');
  if (wrong.length === 0) return Object.fromEntries(entries);
  throw new ReleaseSourceError(
    `${file} is no JSON object that says "expand" or "contract" of each migration by its name.`,
  );
}
