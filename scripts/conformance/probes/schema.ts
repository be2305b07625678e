import { databaseAccessOf } from '../../../infra/manifest/app.ts';
import { NotChecked } from '../report.ts';
import type { Trial } from '../trial.ts';

/**
 * Has the database's log name the user of each statement that changes the schema. What ran before is in the log where it
 * was refused, as each statement that fails.
 */
export async function logSchemaChanges({ docker, database }: Trial): Promise<void> {
  const settings = "log_statement = 'ddl'\\nlog_line_prefix = '%%m [%%p] %%u '\\n";
  const script = `printf "${settings}" >> "$DATA/postgresql.auto.conf" && kill -HUP "$(head -n 1 "$DATA/postmaster.pid")"`;
  await docker.run(['exec', await database.container(), 'sh', '-c', script]);
}

/** What the database's container wrote. Read it before the container is gone. */
export async function readDatabaseLog({ docker, database }: Trial): Promise<string> {
  const { stdout, stderr } = await docker.attempt(['logs', await database.container()]);
  return `${stdout}\n${stderr}`;
}

/** Whether a process tried to change the schema, which is for the release command. */
export function changesNoSchema({ app, rendered }: Trial, log: string): string {
  if (databaseAccessOf(app) === 'tables')
    throw new NotChecked('its manifest has databaseAccess tables: its processes may change the schema');
  const owners = [
    rendered.program.database?.user,
    ...rendered.stacks.migrations.map(({ container }) => container.environment['STACK_ROLES_TABLES']),
  ].filter((name) => name !== undefined);
  const [found] = schemaChanges(log, owners);
  if (found !== undefined)
    throw new Error(`${found}: leave it to the release command, or set databaseAccess: 'tables'`);
  return 'no such statement was in the log of the database, from its start and under load';
}

/** Temporary tables are nobody's schema. */
const changing =
  /\b(?:create(?!\s+(?:(?:local|global)\s+)?temp(?:orary)?\b)|alter|drop|comment\s+on|grant|revoke|reindex)\s+[\w"]/i;

/**
 * Statements that change the schema, of other users than those who may, and those that Postgres refused because somebody may not.
 * @param owners whose statements do not count
 */
export function schemaChanges(log: string, owners: readonly string[]): readonly string[] {
  const found: string[] = [];
  let refusal: string | undefined;
  for (const line of log.split('\n')) {
    const ran = /\] (\S+) LOG: {2}(?:duration: \S+ ms {2})?(?:statement|execute [^:]*): (.*)$/.exec(line);
    if (ran !== null && !owners.includes(ran[1] ?? '') && startsWithChange(ran[2] ?? ''))
      found.push(`the role ${ran[1]} ran ${shown(ran[2] ?? '')}`);
    const error = /ERROR: {2}((?:permission denied|must be owner).*?)(?: at character \d+)?$/.exec(line);
    if (error !== null) refusal = error[1];
    const statement = /STATEMENT: {2}(.*)$/.exec(line);
    if (statement === null) continue;
    if (refusal !== undefined && startsWithChange(statement[1] ?? ''))
      found.push(`${shown(statement[1] ?? '')} was refused (${refusal})`);
    refusal = undefined;
  }
  return found;
}

function startsWithChange(statement: string): boolean {
  return changing.exec(statement)?.index === statement.length - statement.trimStart().length;
}

function shown(statement: string): string {
  const text = statement.replaceAll(/\s+/g, ' ').trim();
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
