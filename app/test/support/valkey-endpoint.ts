import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Variables } from './running-app.ts';
import type { ValkeyServer } from './valkey-server.ts';

/**
 * The address of whichever server is the primary, as ElastiCache's primary endpoint is: connections that are made after a
 * failover reach the new one, and those that were open stay where they are.
 */
export class ValkeyEndpoint {
  readonly #sockets = new Set<Socket>();
  readonly #listener: Server;
  #primary: ValkeyServer;

  private constructor(primary: ValkeyServer) {
    this.#primary = primary;
    this.#listener = createServer((client) => {
      const server = connect(this.#primary.port, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      }
      client.pipe(server).pipe(client);
    });
  }

  static async start(primary: ValkeyServer): Promise<ValkeyEndpoint> {
    const endpoint = new ValkeyEndpoint(primary);
    endpoint.#listener.listen(0, '127.0.0.1');
    await once(endpoint.#listener, 'listening');
    return endpoint;
  }

  get variables(): Variables {
    const { port } = this.#listener.address() as AddressInfo;
    return { ...this.#primary.variables, VALKEY_PORT: String(port) };
  }

  /** Makes `next` the primary, and a copy of it what was the primary before. */
  async failOver(next: ValkeyServer): Promise<void> {
    const before = this.#primary;
    await next.promote();
    this.pointTo(next);
    await before.follow(next);
  }

  /** For connections to come. */
  pointTo(primary: ValkeyServer): void {
    this.#primary = primary;
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }
}
