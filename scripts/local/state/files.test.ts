import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readIfExists } from './files.ts';

it('a file is not there where its folder is not one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'files-'));
  await writeFile(join(directory, '.stack'), 'text');
  expect(await readIfExists(join(directory, '.stack'))).toBe('text');
  expect(await readIfExists(join(directory, '.stack', 'staging', 'loaded.cfg'))).toBeUndefined();
  expect(await readIfExists(join(directory, 'none'))).toBeUndefined();
});
