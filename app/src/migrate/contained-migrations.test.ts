import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { containedMigrations } from './contained-migrations.ts';

function directoryWith(...files: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'todo-migrations-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const file of files) {
    writeFileSync(join(directory, file), '');
  }
  return directory;
}

describe('the contained migrations', () => {
  it('are ordered by name and know their kind', () => {
    const directory = directoryWith('20270102T0000-b.contract.mjs', '20270101T2359-a-long-name.expand.ts');
    expect(containedMigrations(directory)).toEqual([
      {
        name: '20270101T2359-a-long-name',
        kind: 'expand',
        file: join(directory, '20270101T2359-a-long-name.expand.ts'),
      },
      { name: '20270102T0000-b', kind: 'contract', file: join(directory, '20270102T0000-b.contract.mjs') },
    ]);
  });

  it.each([
    '20270101-a.expand.ts',
    '20270101T0000.expand.ts',
    '20270101T0000-a.ts',
    '20270101T0000-a.rollback.ts',
    '20270101T0000-A.expand.ts',
    '20270101T0000-a_b.expand.ts',
    'index.ts',
  ])('refuse a file named %s', (file) => {
    expect(() => containedMigrations(directoryWith(file))).toThrow(
      `${file} is not named <yyyymmddThhmm>-<slug>.<expand|contract>.ts`,
    );
  });

  it('refuse two of one name', () => {
    const directory = directoryWith('20270101T0000-a.contract.ts', '20270101T0000-a.expand.ts');
    expect(() => containedMigrations(directory)).toThrow('two migrations are named 20270101T0000-a');
  });

  it('of this app are well named', () => {
    const names = containedMigrations(join(import.meta.dirname, '../../migrations')).map(({ name }) => name);
    expect(names).toContain('20261121T0900-create-todos');
  });
});
