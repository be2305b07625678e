import 'reflect-metadata';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { modulesOfApi } from '../src/api.module.ts';
import { accessTokenSeconds } from '../src/auth/access-tokens.ts';
import { openApiDocument } from './openapi.ts';

const description = `Keeps todos, reminds of them by mail, and tells a webhook when one is completed.

**Access.** \`POST /auth/register\` or \`POST /auth/login\` give an access token for the header \`Authorization: Bearer …\`.
It is valid for ${accessTokenSeconds / 60} minutes; \`POST /auth/refresh\` gives a new one.

**Errors** are problems (RFC 9457) with a \`code\` that does not change. A 4xx is for the client to fix, except 408 and 429,
which are for later; a 503 says in \`Retry-After\` when to come back.

**Text** is well-formed Unicode without U+0000, counted in code points.`;

/** Writes what /docs and /openapi.json serve; nothing of it is computed at run time. */
export async function writeDocs(app: string, docs: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
  mkdirSync(docs, { recursive: true });
  cpSync(join(app, 'build', 'docs'), docs, { recursive: true });
  const document = openApiDocument(modulesOfApi, { title: 'Todo API', version, description });
  writeFileSync(join(docs, 'openapi.json'), JSON.stringify(document));
  const { resolve } = createRequire(join(app, 'package.json'));
  await Promise.all([
    compress(resolve('swagger-ui-dist/swagger-ui-bundle.js'), join(docs, 'swagger-ui.js.gz')),
    compress(resolve('swagger-ui-dist/swagger-ui.css'), join(docs, 'swagger-ui.css.gz')),
  ]);
}

async function compress(from: string, to: string): Promise<void> {
  await writeFile(to, await promisify(gzip)(await readFile(from), { level: constants.Z_BEST_COMPRESSION }));
}
