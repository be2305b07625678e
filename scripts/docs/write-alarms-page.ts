import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { renderAlarmsPage } from './alarms-page.ts';

const path = 'docs/alarms.md';
writeFileSync(join(resolve(import.meta.dirname, '../..'), path), await renderAlarmsPage(fixtureProject));
process.stdout.write(`${path} written\n`);
