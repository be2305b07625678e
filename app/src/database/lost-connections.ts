import type { Pool, PoolClient } from 'pg';

/**
 * Keeps the process alive when a connection is lost at the one moment at which nobody listens to it. A server that shuts
 * down may send the end of a statement and its farewell in one packet: pg then hands the connection to the next caller of
 * the pool and emits the error before that caller (TypeORM, a promise later) can listen, and an `error` without a listener
 * ends the process. Whoever uses the connection learns of the loss from its next statement.
 */
export function surviveLostConnections(pool: Pool): void {
  const known = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (!known.has(client)) {
      known.add(client);
      client.on('error', () => undefined);
    }
  });
}
