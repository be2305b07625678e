import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';

/** What is below a client: its socket, and the messages of the protocol. */
interface PgConnection {
  readonly stream: Socket;
  on(event: 'errorMessage', listener: (message: { readonly code?: string }) => void): void;
}

/** pg documents no other way to it than this property, which its own pool uses too. */
export function connectionOf(client: ClientBase): PgConnection {
  return (client as ClientBase & { connection: PgConnection }).connection;
}
