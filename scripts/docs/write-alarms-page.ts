import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderAlarmsPage } from './alarms-page.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');
const path = 'docs/alarms.md';
// Stack files that stay the same, whatever those of a user say.
const examples = join(projectDirectory, 'infra/testing/project');
writeFileSync(join(projectDirectory, path), await renderAlarmsPage(examples, 'prod'));
process.stdout.write(`${path} written\n`);
