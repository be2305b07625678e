import { execa } from 'execa';
import { assertPsql } from '../../messages/psql.ts';
import { UserError } from '../../messages/user-error.ts';
import type { RestoredDatabase } from '../../release/backups.ts';
import { type ConnectContext, connectToDatabase } from './connect.ts';
import { reachableTask } from './forward.ts';

type Tables = NonNullable<RestoredDatabase['tables']>;

/** psql executes what the query returns; `t IS NULL` makes it read each row, not only count them. */
const readEveryRow = `
SELECT format('SELECT %L, count(*) FROM %s AS t WHERE t IS NOT NULL OR t IS NULL', name, name)
FROM (
  SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relispopulated
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  ORDER BY 1
) AS tables
\\gexec
`;

/**
 * Rejects with a UserError that says why {@link readTables} could not reach a private instance: this machine lacks psql or
 * the plugin, or no task runs that lets a session in.
 */
export async function assertReadable(context: ConnectContext): Promise<void> {
  await assertPsql(context.variables);
  await reachableTask(context, undefined);
}

/**
 * Reads every row of every table of an instance as its owner, in a read-only session through a running task of the
 * environment: a restored instance has the network of the one that serves. A one-off task could not: the execution role may
 * read the secret of the serving instance only, and RunTask cannot name another one.
 *
 * @param instance its RDS identifier
 * @throws UserError `READ_BACK_FAILED` with what psql said
 */
export async function readTables(context: ConnectContext, instance: string, signal: AbortSignal): Promise<Tables> {
  const args = ['-X', '-A', '-t', '-q', '-F', '\t', '-v', 'ON_ERROR_STOP=1'];
  const { invocation, close } = await connectToDatabase(context, { write: false, args, interactive: false }, instance);
  try {
    const { exitCode, stdout, stderr } = await execa(invocation.executable, [...invocation.args], {
      input: readEveryRow,
      extendEnv: false,
      env: { ...context.variables, ...invocation.variables },
      reject: false,
      cancelSignal: signal,
      maxBuffer: 64 * 1024 * 1024,
    });
    if (exitCode === 0) return stdout.split('\n').flatMap(tableOf);
    throw new UserError({
      code: 'READ_BACK_FAILED',
      message: `A table of ${instance} could not be read.`,
      details: stderr,
    });
  } finally {
    await close();
  }
}

function tableOf(line: string): Tables {
  const [name = '', rows] = line.split('\t');
  return rows === undefined ? [] : [{ name, rows: Number(rows) }];
}
