import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server of Postgres' protocol that asks each connection for its password in clear text, keeps it, and hangs up. */
export async function passwordsAskedFor(): Promise<{ readonly port: number; readonly given: readonly string[] }> {
  const given: string[] = [];
  const server = createServer((socket) => serve(socket, given));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, given };
}

/** https://www.postgresql.org/docs/17/protocol-message-formats.html: AuthenticationCleartextPassword, PasswordMessage. */
function serve(socket: Socket, given: string[]): void {
  const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
  socket.on('error', () => undefined);
  socket.on('data', (message) => {
    if (message[0] === 0x70) {
      given.push(message.subarray(5, -1).toString());
      socket.end();
    } else {
      socket.write(askForPassword);
    }
  });
}
