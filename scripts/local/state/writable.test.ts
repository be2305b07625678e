import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rejection } from '../../release/testing/rejection.ts';
import type { Place } from './place.ts';
import { assertWritable } from './writable.ts';

async function place(): Promise<Place> {
  const projectDirectory = await mkdtemp(join(tmpdir(), 'writable-'));
  return { projectDirectory, instance: 'example', environment: 'staging' };
}

it('assertWritable tries it and leaves nothing behind', async () => {
  const empty = await place();
  expect(await assertWritable(empty)).toBe(join(empty.projectDirectory, '.stack'));
  expect(await readdir(empty.projectDirectory)).toEqual([]);

  await mkdir(join(empty.projectDirectory, '.stack/example/staging'), { recursive: true });
  await assertWritable(empty);
  expect(await readdir(join(empty.projectDirectory, '.stack'), { recursive: true })).toEqual([
    'example',
    'example/staging',
  ]);
});

it.each(['.stack', '.stack/locks', '.stack/example/staging'])(
  'assertWritable refuses where %s takes no file',
  async (path) => {
    const broken = await place();
    const file = join(broken.projectDirectory, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '');
    expect(await rejection(assertWritable(broken))).toMatchObject({
      code: 'PROJECT_NOT_WRITABLE',
      message: expect.stringMatching(/^\S+ cannot be written to: E(EXIST|NOTDIR)/),
      remedy: `Make ${file} a folder that this user may write to.`,
    });
  },
);
