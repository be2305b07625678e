import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type PostgresAddress, PostgresServer } from '../../dev/postgres-server.ts';
import { findValkey, type ValkeyBinary } from '../../dev/valkey-binary.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that all files share; each makes its own databases on it. */
    postgres: PostgresAddress;
    /** The server program of Valkey (or Redis). */
    valkey: ValkeyBinary;
    /** The app, built as for the image. */
    dist: string;
  }
}

/** Once per run: builds the app as the image does, and starts Postgres. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dist = mkdtempSync(join(tmpdir(), 'todo-dist-'));
  execFileSync(process.execPath, [join(import.meta.dirname, '..', '..', 'build', 'build.ts'), dist], { stdio: 'pipe' });
  const server = await PostgresServer.start();
  project.provide('postgres', server.address);
  project.provide('valkey', findValkey());
  project.provide('dist', dist);
  return async () => {
    await server.remove();
    rmSync(dist, { recursive: true, force: true });
  };
}
