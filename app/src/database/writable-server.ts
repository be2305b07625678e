import type { ClientBase, Pool, PoolClient } from 'pg';
import { DatabaseReadOnly, isReadOnly } from './errors.ts';
import { connectionOf } from './pg-connection.ts';

/**
 * Rejects unless the server takes writes. A standby answers everything else: after a failover, a name that still leads to
 * the server that was the primary would otherwise fill the pool with connections on which every write fails.
 * @throws DatabaseReadOnly for a standby, and for a server that was made read-only, as before a switchover
 */
export async function assertWritable(client: ClientBase, timeoutMs: number): Promise<void> {
  const question = {
    // On a standby it is on whatever its default is.
    text: `SELECT current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
    query_timeout: timeoutMs,
  };
  const { rows } = await client.query<{ isReadOnly: boolean }>(question);
  if (rows[0]?.isReadOnly !== false) {
    throw new DatabaseReadOnly();
  }
}

/**
 * Leaves a server that takes no writes any more though it keeps its connections open: with the first statement that it refuses
 * for that reason, or when the function that is returned is called. Idle connections are closed at once, those in use when
 * they are released; new ones lead to the server that is the primary by then.
 */
export function leaveReadOnlyServers(pool: Pool): () => void {
  let generation = 0;
  const generationOf = new WeakMap<PoolClient, number>();
  const leave = () => {
    generation += 1;
    for (let { idleCount } = pool; idleCount > 0; idleCount -= 1) {
      pool.connect((_error, _client, release) => release());
    }
  };
  pool.on('acquire', (client) => {
    if (!generationOf.has(client)) {
      generationOf.set(client, generation);
      connectionOf(client).on('errorMessage', (message) => {
        if (isReadOnly(message) && generationOf.get(client) === generation) {
          leave();
        }
      });
    }
  });
  pool.on('release', (_error, client) => {
    if (generationOf.get(client) !== generation) {
      // The pool keeps none that is ending.
      client.end().catch(() => undefined);
    }
  });
  return leave;
}
