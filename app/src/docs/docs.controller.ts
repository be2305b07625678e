import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Controller, Get, Header, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DOCS_DIRECTORY } from '../env/tokens.ts';
import { Public } from '../http/decorators/public.ts';

/** What the reference needs, and nothing from anywhere else. The viewer sets styles, hence their exception. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** They change with a release, whose page asks for them again soon enough. */
const keptFor = 'public, max-age=3600';

/** Serves the files that the build wrote. They are read when first asked for: no start pays for them. */
@Public()
@Controller()
export class DocsController {
  readonly #directory: string;
  readonly #files = new Map<string, Promise<Buffer>>();

  constructor(@Inject(DOCS_DIRECTORY) directory: string) {
    this.#directory = directory;
  }

  /** Leads a person to the reference, and a machine to the document (RFC 8631). */
  @Get()
  root(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): object | undefined {
    reply
      .header(
        'link',
        '</openapi.json>; rel="service-desc"; type="application/json", </docs>; rel="service-doc"; type="text/html"',
      )
      .header('vary', 'accept');
    if (accept?.includes('text/html') === true) {
      reply.code(303).header('location', '/docs');
      return undefined;
    }
    return { reference: '/docs', openapi: '/openapi.json' };
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', policy)
  page(): Promise<Buffer> {
    return this.#read('index.html');
  }

  @Get('docs/page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', keptFor)
  script(): Promise<Buffer> {
    return this.#read('page.js');
  }

  @Get('docs/page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', keptFor)
  style(): Promise<Buffer> {
    return this.#read('page.css');
  }

  @Get('docs/swagger-ui.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', keptFor)
  viewer(@Headers('accept-encoding') accepted: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.#readCompressed('swagger-ui.js.gz', accepted, reply);
  }

  @Get('docs/swagger-ui.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', keptFor)
  viewerStyle(
    @Headers('accept-encoding') accepted: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#readCompressed('swagger-ui.css.gz', accepted, reply);
  }

  @Get(['openapi.json', 'docs/json'])
  @Header('content-type', 'application/json; charset=utf-8')
  document(): Promise<Buffer> {
    return this.#read('openapi.json');
  }

  #read(name: string): Promise<Buffer> {
    return this.#kept(name, () => readFile(join(this.#directory, name)));
  }

  /** A quarter of the size on the way, and in the image. */
  async #readCompressed(name: string, accepted: string | undefined, reply: FastifyReply): Promise<Buffer> {
    reply.header('vary', 'accept-encoding');
    if (accepted === undefined || !/\bgzip\b/.test(accepted)) {
      return this.#kept(`${name}, unpacked`, async () => promisify(gunzip)(await this.#read(name)));
    }
    reply.header('content-encoding', 'gzip');
    return this.#read(name);
  }

  /** Anybody may ask as often as they like, and the threads that read and unpack are those that hash passwords. */
  #kept(name: string, load: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#files.get(name);
    if (known !== undefined) {
      return known;
    }
    const file = load();
    this.#files.set(name, file);
    file.catch(() => this.#files.delete(name));
    return file;
  }
}
