import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';

/** A release with other migrations than ours: `files` (name → code) are added, `keep` decides which of ours it has. */
export function releaseWith(
  files: Readonly<Record<string, string>>,
  keep: (file: string) => boolean = () => true,
): string {
  const dist = mkdtempSync(join(tmpdir(), 'todo-release-'));
  onTestFinished(() => rmSync(dist, { recursive: true }));
  cpSync(inject('dist'), dist, { recursive: true });
  for (const file of readdirSync(join(dist, 'migrations')).filter((name) => !keep(name))) {
    rmSync(join(dist, 'migrations', file));
  }
  for (const [name, code] of Object.entries(files)) {
    writeFileSync(join(dist, 'migrations', `${name}.mjs`), code);
  }
  return dist;
}

/** The code of a migration that runs `statement` in its transaction. */
export function migrationThatRuns(statement: string): string {
  return `export async function up(connection) { await connection.query(${JSON.stringify(statement)}); }\n`;
}
