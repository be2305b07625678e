import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawings } from './drawings.ts';

/** `npm run docs:drawings`: the drawings of README.md and docs/architecture.md, for pages and for phones. */
for (const [name, text] of Object.entries(drawings())) {
  writeFileSync(join(import.meta.dirname, '../../../docs', name), text);
}
