import { describe, expect, it } from 'vitest';
import { type MigrationTool, readMigrations } from './migration-folder.ts';
import { ReleaseSourceError } from './release-source-error.ts';

const read = (tool: MigrationTool, files: Readonly<Record<string, string>>) =>
  readMigrations(
    { tool, folder: 'db/migrations' },
    '1.0.0-a',
    Object.keys(files).toSorted(),
    'app/',
    (file) => files[file] ?? '',
  );
const at = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`app/db/migrations/${name}`, '']));
const unknown = (...names: readonly string[]) => names.map((name) => ({ name, kind: 'unknown' }));

describe('the migrations of a folder', () => {
  it.each([
    ['prisma', ['20240101120000_init/migration.sql', 'migration_lock.toml'], ['20240101120000_init']],
    ['drizzle', ['0000_init.sql', '0001_notes.sql', 'meta/_journal.json'], ['0000_init', '0001_notes']],
    ['knex', ['20240101120000_init.js', '20240102120000_notes.ts'], ['20240101120000_init', '20240102120000_notes']],
    ['sequelize', ['20240101120000-init.cjs'], ['20240101120000-init']],
    [
      'typeorm',
      ['1704110400000-Init.ts', '1704110400000-Init.d.ts', '1704110400000-Init.js.map'],
      ['1704110400000-Init'],
    ],
    ['node-pg-migrate', ['1704110400000_init.up.sql', '1704110400000_init.down.sql'], ['1704110400000_init']],
  ] as const)('of %s are read, and are unknown', (tool, files, names) => {
    expect(read(tool, at(...files))).toEqual(unknown(...names));
  });

  it('are what a file beside them says', () => {
    const files = {
      ...at(
        '20240101120000_init/migration.sql',
        '20240102120000_drop/migration.sql',
        '20240103120000_new/migration.sql',
      ),
      'app/db/migrations/expand-contract.json': '{"20240101120000_init":"expand","20240102120000_drop":"contract"}',
    };

    expect(read('prisma', files).map(({ kind }) => kind)).toEqual(['expand', 'contract', 'unknown']);
  });

  it.each([
    ['a folder without files', {}, 'app/db/migrations/ has no file that is part of the image'],
    [
      'a file with another name',
      at('20240101120000_init.js', 'helpers.js'),
      'app/db/migrations/helpers.js is not named like',
    ],
    [
      'a declaration of what is not there',
      { ...at('20240101120000_init.js'), 'app/db/migrations/expand-contract.json': '{"20240101120000_int":"expand"}' },
      'expand-contract.json names 20240101120000_int',
    ],
    [
      'a declaration of another kind',
      { ...at('20240101120000_init.js'), 'app/db/migrations/expand-contract.json': '{"20240101120000_init":"safe"}' },
      'is no JSON object that says',
    ],
  ] as const)('refuse %s: nothing is overlooked', (_what, files, message) => {
    expect(() => read('knex', files)).toThrow(ReleaseSourceError);
    expect(() => read('knex', files)).toThrow(message);
  });

  it('are one that is unknown where nobody can tell, another for each version', () => {
    const of = (version: string) => readMigrations('unknown', version, [], '', () => '');

    expect(of('1.0.0-a')).toEqual(unknown('what-1.0.0-a-does'));
    expect(of('1.0.0-b')).not.toEqual(of('1.0.0-a'));
    expect(readMigrations('none', '1.0.0-a', [], '', () => '')).toEqual([]);
  });
});
