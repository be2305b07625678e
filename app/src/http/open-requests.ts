import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Deadlines, Expiring } from '../clock/deadlines.ts';

/** The connections of a server, and the requests on them whose header has come and which are not answered. */
export class OpenRequests {
  readonly #connections = new Set<Socket>();
  readonly #inTime: Deadlines<OpenRequest>;
  readonly #late = new Set<OpenRequest>();

  /** @param limitMs how long a request may take, from its first line to its answer */
  constructor(limitMs: number) {
    this.#inTime = new Deadlines(limitMs);
  }

  /** Call it before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
  }

  /** `onLimit` is called when the request has taken too long; it stays open until `end`. */
  begin(raw: IncomingMessage, onLimit: () => void): OpenRequest {
    const request = new OpenRequest(raw, this.#late, onLimit);
    this.#inTime.add(request);
    return request;
  }

  end(request: OpenRequest): void {
    this.#inTime.delete(request);
    this.#late.delete(request);
  }

  /** Closes also those that sent half a header: Node counts them among the busy ones, and has stopped timing them out. */
  closeIdleConnections(): void {
    const busy = new Set(this.#all().map(({ raw }) => raw.socket));
    for (const socket of this.#connections) {
      if (!busy.has(socket)) {
        socket.destroy();
      }
    }
  }

  /** Closes the connections on which the body of a request is still to come. */
  cutIncomplete(): void {
    for (const { raw } of this.#all()) {
      if (!raw.complete) {
        raw.socket.destroy();
      }
    }
  }

  #all(): readonly OpenRequest[] {
    return [...this.#inTime, ...this.#late];
  }
}

class OpenRequest extends Expiring<OpenRequest> {
  readonly raw: IncomingMessage;
  readonly #late: Set<OpenRequest>;
  readonly #onLimit: () => void;

  constructor(raw: IncomingMessage, late: Set<OpenRequest>, onLimit: () => void) {
    super();
    this.raw = raw;
    this.#late = late;
    this.#onLimit = onLimit;
  }

  expire(): void {
    this.#late.add(this);
    this.#onLimit();
  }
}
