import { expect, it } from 'vitest';
import { schemaChanges } from './schema.ts';

const owners = ['root', 'app_owner'];

it('finds a statement that changes the schema and ran as another role than the owners', () => {
  const log = [
    '2026-01-02 03:04:05.678 UTC [61] app_owner LOG:  statement: CREATE TABLE notes (id int)',
    '2026-01-02 03:04:05.678 UTC [62] app LOG:  statement: ALTER TABLE notes ADD COLUMN author text',
    '2026-01-02 03:04:05.678 UTC [63] app LOG:  execute <unnamed>:   DROP INDEX notes_author',
    '2026-01-02 03:04:05.678 UTC [64] app LOG:  duration: 1200.1 ms  statement: SELECT pg_sleep(1)',
  ].join('\n');
  expect(schemaChanges(log, owners)).toEqual([
    'the role app ran ALTER TABLE notes ADD COLUMN author text',
    'the role app ran DROP INDEX notes_author',
  ]);
});

it('finds one that was refused before the log named users', () => {
  const log = [
    '2026-01-02 03:04:05.678 UTC [62] ERROR:  permission denied for schema public at character 14',
    '2026-01-02 03:04:05.678 UTC [62] STATEMENT:  CREATE TABLE IF NOT EXISTS notes (id int)',
    '2026-01-02 03:04:05.678 UTC [62] ERROR:  permission denied for table secrets',
    '2026-01-02 03:04:05.678 UTC [62] STATEMENT:  SELECT * FROM secrets',
    '2026-01-02 03:04:05.678 UTC [62] ERROR:  relation "todos" already exists',
    '2026-01-02 03:04:05.678 UTC [62] STATEMENT:  CREATE TABLE todos (id int)',
  ].join('\n');
  expect(schemaChanges(log, owners)).toEqual([
    'CREATE TABLE IF NOT EXISTS notes (id int) was refused (permission denied for schema public)',
  ]);
});

it('lets temporary tables pass, and words inside of other statements', () => {
  const log = [
    '2026-01-02 03:04:05.678 UTC [62] app LOG:  statement: CREATE TEMPORARY TABLE batch (id int)',
    '2026-01-02 03:04:05.678 UTC [62] app LOG:  statement: CREATE TEMP TABLE batch (id int)',
    "2026-01-02 03:04:05.678 UTC [62] app LOG:  statement: INSERT INTO notes VALUES ('drop table notes')",
  ].join('\n');
  expect(schemaChanges(log, owners)).toEqual([]);
});
