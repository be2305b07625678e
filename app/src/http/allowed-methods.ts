import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import router, { type HTTPMethod } from 'find-my-way';
import { domainError } from '../errors/domain-error.ts';

class MethodNotAllowed extends domainError(
  'method-not-allowed',
  'METHOD_NOT_ALLOWED',
  'This path exists, but not for this method; see the header Allow.',
) {}

/** Tells a path that does not exist from one that does, for other methods (RFC 9110, section 15.5.6). */
export class AllowedMethods {
  readonly #routes: (readonly [method: HTTPMethod, url: string])[] = [];
  readonly #paths = new Set<string>();
  #router: ReturnType<typeof router> | undefined;

  add({ method, url }: Pick<RouteOptions, 'method' | 'url'>): void {
    for (const name of [method].flat()) {
      this.#routes.push([name as HTTPMethod, url]);
    }
    if (!url.includes(':')) {
      this.#paths.add(url);
    }
  }

  /** Nothing where the path does not exist; `*` is the server as a whole. */
  of(url: string): readonly string[] {
    const methods = [...new Set(this.#routes.map(([method]) => method))];
    const own = this.#isWrittenOut(url)
      ? this.#routes.filter(([, path]) => path === pathOf(url)).map(([method]) => method)
      : undefined;
    const found = url === '*' ? methods : (own ?? methods.filter((method) => this.#lookup.find(method, url) !== null));
    return found.length === 0 ? [] : [...found, 'OPTIONS'].toSorted();
  }

  /**
   * For a request that no route took. `undefined`: its path does not exist either, or a route took it. Where a path is
   * written out for one method, a placeholder of another method does not mean it: `summary` is no id.
   */
  answerTo(request: FastifyRequest, reply: FastifyReply): 'options' | Error | undefined {
    const missed =
      request.is404 || (request.routeOptions.url?.includes(':') === true && this.#isWrittenOut(request.url));
    const allowed = missed ? this.of(request.url) : [];
    if (allowed.length === 0) {
      return undefined;
    }
    reply.header('allow', allowed.join(', '));
    return request.method === 'OPTIONS' ? 'options' : new MethodNotAllowed();
  }

  #isWrittenOut(url: string): boolean {
    return this.#paths.has(pathOf(url));
  }

  /** The router that Fastify uses, so that both see paths alike; made when it is first needed, which it rarely is. */
  get #lookup(): ReturnType<typeof router> {
    if (this.#router === undefined) {
      this.#router = router();
      for (const [method, url] of this.#routes) {
        this.#router.on(method, url, () => undefined);
      }
    }
    return this.#router;
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
