import { Endpoint } from './endpoint.ts';
import type { Variables } from './running-app.ts';
import type { ValkeyServer } from './valkey-server.ts';

/** The address of whichever server is the primary, as ElastiCache's primary endpoint is. */
export class ValkeyEndpoint {
  readonly #endpoint: Endpoint;
  #primary: ValkeyServer;

  private constructor(endpoint: Endpoint, primary: ValkeyServer) {
    this.#endpoint = endpoint;
    this.#primary = primary;
  }

  static async start(primary: ValkeyServer): Promise<ValkeyEndpoint> {
    return new ValkeyEndpoint(await Endpoint.to(primary.port), primary);
  }

  get variables(): Variables {
    return { ...this.#primary.variables, VALKEY_PORT: String(this.#endpoint.port) };
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
    this.#endpoint.pointTo(primary.port);
  }

  close(): void {
    this.#endpoint.close();
  }
}
