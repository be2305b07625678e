import type { Pool, PoolClient } from 'pg';
import { connectionOf } from './pg-connection.ts';

/**
 * Destroys a connection that stays silent for `silenceMs` while a statement runs on it.
 * The server's statement_timeout ends slow statements, but it can't end one whose server vanished without closing
 * the connection (a failed-over host): there the kernel would keep waiting for 15 minutes.
 * pg's query_timeout does not help, as it gives the connection back to the pool with the statement still on it.
 */
export function closeSilentConnections(pool: Pool, silenceMs: number): void {
  const watched = new WeakSet<PoolClient>();
  /** When each was taken. Setting the socket's timeout each time instead would cost more than the pool itself does. */
  const inUse = new WeakMap<PoolClient, number>();
  pool.on('acquire', (client) => {
    inUse.set(client, performance.now());
    if (!watched.has(client)) {
      watched.add(client);
      const socket = connectionOf(client).stream;
      socket.on('timeout', () => {
        const since = inUse.get(client);
        // Half: the timer began with the statement, but by a clock that may lag behind this one.
        if (since !== undefined && performance.now() - since >= silenceMs / 2) {
          socket.destroy(new Error('Connection terminated: the database fell silent'));
        } else {
          // It was idle for most of that time, and may be in use by now.
          socket.setTimeout(silenceMs);
        }
      });
      socket.setTimeout(silenceMs);
    }
  });
  pool.on('release', (_error, client) => {
    inUse.delete(client);
  });
}
