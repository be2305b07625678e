import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { settingsPages } from './settings-pages.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');
for (const [path, text] of Object.entries(settingsPages(projectDirectory))) {
  writeFileSync(join(projectDirectory, path), text);
  process.stdout.write(`${path} written\n`);
}
