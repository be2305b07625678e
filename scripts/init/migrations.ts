import type { MigrationTool } from '../../infra/release/migration-folder.ts';
import type { AppFolder } from './app-folder.ts';
import type { Program } from './launches.ts';
import { hasDependency, type PackageFacts } from './package-facts.ts';
import type { SourceFacts } from './source-facts.ts';

/** How the schema of an app is changed. */
export interface MigrationFacts {
  readonly tool: Exclude<MigrationTool, 'stack'>;
  /** Absent: it has none yet, or they cannot be found. */
  readonly folder?: string;
  /** Absent: nothing that runs them can be seen. */
  readonly command?: Program;
  /** Package whose program it is: it has to be in the image. */
  readonly needs: string;
  /** Reads the app's own files, and with them perhaps any variable. */
  readonly readsApp: boolean;
}

/** Of compiled files: `src/main.ts` is `dist/main.js`. */
export type Compiled = (file: string) => string;

/** `undefined`: no tool is known. */
export function migrationsOf(
  folder: AppFolder,
  facts: PackageFacts,
  source: SourceFacts,
  compiled: Compiled,
): MigrationFacts | undefined {
  return (
    ofPrisma(folder, facts) ??
    ofTypeorm(folder, facts, source, compiled) ??
    ofDrizzle(folder, facts) ??
    ofKnex(folder, facts) ??
    ofSequelize(folder, facts) ??
    ofNodePgMigrate(folder, facts)
  );
}

/** The link that every package manager makes: it starts with a line that names its interpreter. */
const bin = (name: string) => `node_modules/.bin/${name}`;

function ofPrisma(folder: AppFolder, facts: PackageFacts): MigrationFacts | undefined {
  const schema =
    folder.files.find((file) => /(?:^|\/)schema\.prisma$/.test(file)) ??
    folder.files.find((file) => file.endsWith('.prisma'));
  if (schema === undefined || !hasDependency(facts, 'prisma')) return undefined;
  const found = folder.files.find((file) => /(?:^|\/)migrations\/\d[^/]*\/migration\.sql$/.test(file));
  const usual = schema === 'schema.prisma' || /^prisma\//.test(schema);
  return {
    tool: 'prisma',
    ...(found === undefined ? {} : { folder: found.replace(/\/[^/]+\/migration\.sql$/, '') }),
    command: [
      bin('prisma'),
      'migrate',
      'deploy',
      ...(usual || folder.has('prisma.config.ts') ? [] : ['--schema', schema]),
    ],
    needs: 'prisma',
    readsApp: false,
  };
}

function ofTypeorm(
  folder: AppFolder,
  facts: PackageFacts,
  { dataSources }: SourceFacts,
  compiled: Compiled,
): MigrationFacts | undefined {
  if (!hasDependency(facts, 'typeorm')) return undefined;
  const [dataSource] = dataSources.filter(({ file }) => !/seed|test/i.test(file));
  const found = folder.files.find((file) => /\/\d{10,}-[^/]+\.[cm]?[jt]s$/.test(file));
  if (dataSource === undefined && found === undefined) return undefined;
  return {
    tool: 'typeorm',
    ...(found === undefined ? {} : { folder: found.replace(/\/[^/]+$/, '') }),
    ...(dataSource === undefined
      ? {}
      : { command: [bin('typeorm'), 'migration:run', '-d', compiled(dataSource.file)] }),
    needs: 'typeorm',
    readsApp: dataSource?.imports === true,
  };
}

function ofDrizzle(folder: AppFolder, facts: PackageFacts): MigrationFacts | undefined {
  if (!hasDependency(facts, 'drizzle-orm')) return undefined;
  const config = folder.files.find((file) => /^drizzle\.config\.[cm]?[jt]s$/.test(file));
  const journal = folder.files.find((file) => file.endsWith('/meta/_journal.json'));
  const out =
    config === undefined ? undefined : /\bout:\s*['"`](?:\.\/)?([^'"`]+)['"`]/.exec(folder.read(config) ?? '')?.[1];
  const at = journal?.replace('/meta/_journal.json', '') ?? out;
  if (config === undefined && at === undefined) return undefined;
  return {
    tool: 'drizzle',
    ...(at === undefined || !folder.files.some((file) => file.startsWith(`${at}/`)) ? {} : { folder: at }),
    ...(config === undefined || !hasDependency(facts, 'drizzle-kit')
      ? {}
      : { command: [bin('drizzle-kit'), 'migrate'] }),
    needs: 'drizzle-kit',
    readsApp: false,
  };
}

function ofKnex(folder: AppFolder, facts: PackageFacts): MigrationFacts | undefined {
  const config = folder.files.find((file) => /(?:^|\/)knexfile\.[cm]?[jt]s$/.test(file));
  if (config === undefined || !hasDependency(facts, 'knex')) return undefined;
  const named = /migrations:\s*\{[^}]*directory:\s*['"`](?:\.\/)?([^'"`]+)['"`]/.exec(folder.read(config) ?? '')?.[1];
  const base = config.replace(/[^/]*$/, '');
  const at = folderWith(folder, [`${base}${named ?? 'migrations'}`, named ?? 'migrations']);
  const runnable = /\.[cm]?js$/.test(config);
  return {
    tool: 'knex',
    ...(at === undefined ? {} : { folder: at }),
    // A knexfile in TypeScript needs a loader that production has not.
    ...(runnable ? { command: [bin('knex'), 'migrate:latest', '--knexfile', config] } : {}),
    needs: 'knex',
    readsApp: false,
  };
}

function ofSequelize(folder: AppFolder, facts: PackageFacts): MigrationFacts | undefined {
  if (!hasDependency(facts, 'sequelize-cli')) return undefined;
  const rc = folder.read('.sequelizerc') ?? '';
  const named = /['"]?migrations-path['"]?:\s*path\.resolve\(([^)]*)\)/.exec(rc)?.[1];
  const path =
    named === undefined
      ? 'migrations'
      : [...named.matchAll(/['"]([^'"]+)['"]/g)].map(([, part = '']) => part.replace(/^\.\//, '')).join('/');
  const at = folderWith(folder, [path, 'migrations', 'src/migrations', 'db/migrations']);
  return {
    tool: 'sequelize',
    ...(at === undefined ? {} : { folder: at }),
    command: [bin('sequelize-cli'), 'db:migrate'],
    needs: 'sequelize-cli',
    readsApp: false,
  };
}

function ofNodePgMigrate(folder: AppFolder, facts: PackageFacts): MigrationFacts | undefined {
  if (!hasDependency(facts, 'node-pg-migrate')) return undefined;
  const at = folderWith(folder, ['migrations']);
  return {
    tool: 'node-pg-migrate',
    ...(at === undefined ? {} : { folder: at }),
    command: [bin('node-pg-migrate'), 'up'],
    needs: 'node-pg-migrate',
    readsApp: false,
  };
}

function folderWith({ files }: AppFolder, candidates: readonly string[]): string | undefined {
  return candidates.find((candidate) => files.some((file) => file.startsWith(`${candidate}/`)));
}

/** Whether a program changes the schema. */
export function isMigration(program: Program): boolean {
  return /migrat|db:sync|prisma db push/i.test(program.join(' '));
}

/** Whether a program fills the database: for development, mostly. */
export function isSeed(program: Program): boolean {
  return /(?:^|[\s/:-])seed/i.test(program.join(' '));
}

/** Packages that run in production although package.json has them among devDependencies, by what needs them. */
export function missingInProduction(
  { dependencies, devDependencies }: PackageFacts,
  { packages }: SourceFacts,
  migrations: MigrationFacts | undefined,
): Readonly<Record<string, string>> {
  const needed = {
    ...packages,
    ...(migrations?.command === undefined ? {} : { [migrations.needs]: 'the release command' }),
  };
  return Object.fromEntries(
    Object.entries(needed).filter(
      ([name]) => name in devDependencies && !(name in dependencies) && !name.startsWith('@types/'),
    ),
  );
}
