import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * One address for whichever server is the primary, as the endpoints of RDS and ElastiCache are: connections that are made
 * after a failover reach the new one, and those that were open stay where they are.
 */
export class Endpoint {
  readonly #sockets = new Set<Socket>();
  readonly #listener: Server;
  #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.#listener = createServer((client) => {
      const server = connect(this.#port, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
      }
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
      client.pipe(server).pipe(client);
    });
  }

  static async to(port: number): Promise<Endpoint> {
    const endpoint = new Endpoint(port);
    endpoint.#listener.listen(0, '127.0.0.1');
    await once(endpoint.#listener, 'listening');
    return endpoint;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** For connections to come. */
  pointTo(port: number): void {
    this.#port = port;
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }
}
