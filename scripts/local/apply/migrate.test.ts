import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exampleFacts } from '../testing/example-facts.ts';
import { exampleGraph } from '../testing/example-graph.ts';
import { parseProgram } from '../translate/program.ts';
import { renderStacks } from '../translate/stacks.ts';
import { migrationArguments, openMigrationRecord } from './migrate.ts';

const [migration] = renderStacks(parseProgram(exampleGraph()), exampleFacts).migrations;
if (migration === undefined) throw new Error('no migration');
const args = migrationArguments({
  name: 'example-staging-migrate',
  container: migration.container,
  network: 'example-staging',
  labels: { 'stack.instance': 'example' },
  secretVariables: { STACK_SECRET_DATABASE_PASSWORD: 'hunter2' },
});

it('runs the task definition of the migration as one container with its limits', () => {
  expect(args.slice(0, 11).join(' ')).toBe(
    'run --name example-staging-migrate --network example-staging --memory 512m --cpus 0.25 --stop-timeout 35',
  );
  expect(args.slice(-3)).toEqual(['sha256:aaaa', 'node', 'dist/migrate.js']);
  for (const flag of ['--init', '--read-only', '10001:10001']) expect(args).toContain(flag);
});

it('names its secrets, and never shows them', () => {
  expect(args[args.indexOf('DATABASE_PASSWORD') - 1]).toBe('--env');
  expect(args.join(' ')).not.toContain('hunter2');
});

it('hands plain values over as they are', () => {
  expect(args).toContain('PRICE=5$');
});

it('remembers what ran on a database, and on no other', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'migrated-')), 'migrated.json');
  await (await openMigrationRecord(path, 'made at noon')).add('sha256:aaaa');
  await (await openMigrationRecord(path, 'made at noon')).add('sha256:bbbb');
  const same = await openMigrationRecord(path, 'made at noon');
  const later = await openMigrationRecord(path, 'made at night');
  expect(['sha256:aaaa', 'sha256:bbbb', 'sha256:cccc'].map(same.has)).toEqual([true, true, false]);
  expect(later.has('sha256:aaaa')).toBe(false);
});
