import { execa } from 'execa';
import { answerMs } from './tool-deadline.ts';
import { UserError } from './user-error.ts';

/** Rejects with what to install unless this machine has the client of Postgres. */
export async function assertPsql(variables: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { exitCode } = await execa('psql', ['--version'], {
    reject: false,
    timeout: answerMs,
    extendEnv: false,
    env: variables,
  });
  if (exitCode === 0) return;
  throw new UserError({
    code: 'PSQL_MISSING',
    message: 'psql is not on the PATH.',
    remedy: 'Install the client of Postgres: `apt install postgresql-client`, or `brew install libpq`.',
  });
}
