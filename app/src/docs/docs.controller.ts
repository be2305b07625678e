import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { DOCS_DIRECTORY } from '../env/tokens.ts';
import { Public } from '../http/decorators/public.ts';

/** Serves the files that the build wrote. They are read when asked for: no request that matters pays for them. */
@Public()
@Controller('docs')
export class DocsController {
  readonly #directory: string;

  constructor(@Inject(DOCS_DIRECTORY) directory: string) {
    this.#directory = directory;
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
  page(): Promise<Buffer> {
    return readFile(join(this.#directory, 'index.html'));
  }

  @Get('style.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): Promise<Buffer> {
    return readFile(join(this.#directory, 'style.css'));
  }

  @Get('json')
  @Header('content-type', 'application/json; charset=utf-8')
  document(): Promise<Buffer> {
    return readFile(join(this.#directory, 'openapi.json'));
  }
}
