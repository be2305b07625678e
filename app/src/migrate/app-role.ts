import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg, { type ClientBase, type ClientConfig } from 'pg';
import type { AppRole } from '../env/database.ts';

const { escapeIdentifier, escapeLiteral } = pg;

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: class 28, the role may not log in, or not with this password. */
const refused: ReadonlySet<string> = new Set(['28000', '28P01']);

/** What Postgres itself uses when it is given a password. */
const scramIterations = 4_096;

/**
 * Makes the role that the API and the worker connect as what it must be: someone who reads and writes rows of every
 * table and changes no schema. Run after each run of the migrations, by the owner of the tables; changes only what differs.
 * @param access how this process reached the database: the same way the role's password is tried
 */
export async function ensureAppRole(client: ClientBase, role: AppRole, access: ClientConfig): Promise<void> {
  const name = escapeIdentifier(role.user);
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role.user]);
  if (rowCount === 0) {
    await client.query(`CREATE ROLE ${name} LOGIN`);
  }
  if (role.authentication.mode === 'iam') {
    await useIam(client, role.user);
  } else {
    await usePassword(client, role.user, role.authentication.password, access);
  }
  await grantRows(client, name);
}

/** RDS decides by membership: a member of rds_iam logs in with a token, and no longer with a password. */
async function useIam(client: ClientBase, user: string): Promise<void> {
  if (!(await usesIam(client, user))) {
    await client.query(`GRANT rds_iam TO ${escapeIdentifier(user)}`);
  }
}

async function usePassword(client: ClientBase, user: string, password: string, access: ClientConfig): Promise<void> {
  if (await usesIam(client, user)) {
    await client.query(`REVOKE rds_iam FROM ${escapeIdentifier(user)}`);
  }
  if (!(await logsIn({ ...access, user, password }))) {
    await client.query(`ALTER ROLE ${escapeIdentifier(user)} LOGIN PASSWORD ${escapeLiteral(scramVerifier(password))}`);
  }
}

async function usesIam(client: ClientBase, user: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_auth_members WHERE member = $1::regrole AND roleid = to_regrole('rds_iam')`,
    [escapeIdentifier(user)],
  );
  return rowCount !== 0;
}

/** Whether the password is already that one; what the server stores of it is not to be read on RDS. */
async function logsIn(access: ClientConfig): Promise<boolean> {
  const client = new pg.Client(access);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && refused.has(String(error.code))) {
      return false;
    }
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The password as the server stores it, so that the server never gets to see, or to log, the password itself.
 * https://www.postgresql.org/docs/17/catalog-pg-authid.html
 */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, scramIterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

async function grantRows(client: ClientBase, role: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = escapeIdentifier(rows[0]?.name ?? '');
  // Statements without parameters are sent together: all of them hold, or none.
  await client.query(`
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${role};
    REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ${role};
  `);
}
