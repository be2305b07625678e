import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderLlmsPage } from './llms-page.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');
writeFileSync(join(projectDirectory, 'llms.txt'), renderLlmsPage(projectDirectory));
process.stdout.write('llms.txt written\n');
