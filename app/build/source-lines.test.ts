import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withSourceLines } from '../src/logging/source-lines.ts';
import { replaceSourceMaps } from './source-lines.ts';

const repository = join(import.meta.dirname, '..', '..');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'source-lines-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function bundle(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly run: () => void; readonly file: string }> {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text);
  }
  const file = join(directory, 'out.mjs');
  const build = await rolldown({ input: join(directory, 'main.ts'), tsconfig: false });
  await build.write({ file, format: 'esm', sourcemap: 'hidden' });
  await build.close();
  await replaceSourceMaps(directory);
  return { ...(await import(/* @vite-ignore */ pathToFileURL(file).href)), file };
}

function stackOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? '') : '';
  }
  return '';
}

describe('a stack of a bundled file', () => {
  const files = {
    'main.ts':
      "import { fail } from './fail.ts';\n\ninterface Unused {\n  readonly text: string;\n}\n\nexport function run(): void {\n  fail();\n}\n",
    'fail.ts':
      '// A comment\ntype Text = string;\n\nexport function fail(): never {\n  const text: Text =\n    "x";\n  throw new Error(text);\n}\n',
  };
  const source = (name: string) => relative(repository, join(directory, name));

  it('names the sources and their lines', async () => {
    const { run } = await bundle(files);
    const [, thrown, caller] = withSourceLines(stackOf(run)).split('\n');
    expect(thrown).toBe(`    at fail (${source('fail.ts')}:7)`);
    expect(caller).toMatch(`${source('main.ts')}:8`);
  });

  it('keeps what is not of a source', async () => {
    const { file } = await bundle(files);
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((text) => text.startsWith('//#region')) + 1;
    const stack = `Error: x\n    at node:internal/b:1:2\n    at b (/nowhere/c.js:3:4)\n    at ${file}:${line}:1`;
    expect(withSourceLines(stack)).toBe(stack);
  });
});
