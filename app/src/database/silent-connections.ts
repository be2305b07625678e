import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';

/**
 * Destroys a connection that stays silent for `silenceMs` while a statement runs on it.
 * The server's statement_timeout ends slow statements, but it can't end one whose server vanished without closing
 * the connection (a failed-over host): there the kernel would keep waiting for 15 minutes.
 * pg's query_timeout does not help, as it gives the connection back to the pool with the statement still on it.
 */
export function closeSilentConnections(pool: Pool, silenceMs: number): void {
  const watched = new WeakSet<Socket>();
  pool.on('acquire', (client) => {
    const socket = socketOf(client);
    if (!watched.has(socket)) {
      watched.add(socket);
      socket.on('timeout', () => socket.destroy(new Error('Connection terminated: the database fell silent')));
    }
    socket.setTimeout(silenceMs);
  });
  pool.on('release', (_error, client) => {
    socketOf(client).setTimeout(0);
  });
}

/** pg documents no other way to the socket than this property, which its own pool uses too. */
function socketOf(client: PoolClient): Socket {
  return (client as PoolClient & { connection: { stream: Socket } }).connection.stream;
}
