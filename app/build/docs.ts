import 'reflect-metadata';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modulesOfApi } from '../src/api.module.ts';
import { openApiDocument } from './openapi.ts';
import { pageStyle, renderPage } from './openapi-page.ts';

/** Writes what /docs serves; nothing of it is computed at run time. */
export function writeDocs(app: string, docs: string): void {
  const { version } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
  const document = openApiDocument(modulesOfApi, {
    title: 'Todo API',
    version,
    description: 'Errors are problems (RFC 9457) with a stable code.',
  });
  mkdirSync(docs, { recursive: true });
  writeFileSync(join(docs, 'openapi.json'), JSON.stringify(document));
  writeFileSync(join(docs, 'index.html'), renderPage(document));
  writeFileSync(join(docs, 'style.css'), pageStyle);
}
