import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Variables } from './running-app.ts';

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
const sslRequest = 80_877_103;
/** Who connects to what, and how the client's text is encoded: all that a startup message may bring. */
const supported: ReadonlySet<string> = new Set(['user', 'database', 'application_name', 'client_encoding']);

/**
 * A proxy that refuses startup messages as RDS Proxy does, and passes on all else: `FATAL: Feature not supported: RDS Proxy
 * currently doesn’t support the option statement_timeout. (SQLSTATE 0A000)`, and for `options` “command-line options”.
 */
export class RdsProxy {
  /** What was refused. */
  readonly refused: string[] = [];
  readonly #database: Variables;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(database: Variables) {
    this.#database = database;
    this.#listener = createServer((client) => {
      this.#keep(client);
      client.once('readable', () => this.#read(client));
    });
  }

  static async start(database: Variables): Promise<RdsProxy> {
    const proxy = new RdsProxy(database);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  /** The database behind it, as the app is to reach it. */
  get variables(): Variables {
    const { port } = this.#listener.address() as AddressInfo;
    return { ...this.#database, DATABASE_HOST: '127.0.0.1', DATABASE_PORT: String(port) };
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #read(client: Socket): void {
    const message = client.read() as Buffer | null;
    if (message === null) return;
    if (message.readInt32BE(4) === sslRequest) {
      client.write('N');
      client.once('readable', () => this.#read(client));
      return;
    }
    const refused = parametersOf(message).find((name) => !supported.has(name));
    if (refused !== undefined) {
      this.refused.push(refused);
      client.end(refusal(refused));
      return;
    }
    const server = connect(Number(this.#database['DATABASE_PORT']), this.#database['DATABASE_HOST']);
    this.#keep(server);
    server.write(message);
    client.pipe(server).pipe(client);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }
}

/** Names in a startup message: pairs of texts that end with a zero, after its length and the protocol's version. */
function parametersOf(message: Buffer): readonly string[] {
  const texts = message.subarray(8).toString('utf8').split('\0');
  return texts.filter((text, index) => index % 2 === 0 && text !== '');
}

function refusal(name: string): Buffer {
  const option = name === 'options' ? 'command-line options' : `the option ${name}`;
  const text = `Feature not supported: RDS Proxy currently doesn’t support ${option}.`;
  const fields = Buffer.from(['SFATAL', 'VFATAL', 'C0A000', `M${text}`, '', ''].join('\0'));
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
