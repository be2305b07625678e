import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fixtureProject } from '../../infra/testing/graph-of.ts';

/** A copy of the stack files for tests with a small app, for the test that asks for it. @returns its directory */
export function copyOfFixtureProject(): string {
  const directory = mkdtempSync(join(tmpdir(), 'project-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(fixtureProject, directory, { recursive: true });
  cpSync(join(import.meta.dirname, 'plain-app'), join(directory, 'app'), { recursive: true });
  return directory;
}
