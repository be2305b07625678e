import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { packFolder } from './pack-folder.ts';

it('packs a folder beside itself, for its owner alone', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'pack-')), 'an incident');
  mkdirSync(folder);
  writeFileSync(join(folder, 'README.txt'), 'what happened');
  const archive = await packFolder(folder);
  expect(archive).toBe(`${folder}.tar.gz`);
  expect(statSync(archive).mode & 0o777).toBe(0o600);
  const { stdout } = await execa('tar', ['-xzOf', archive, 'an incident/README.txt']);
  expect(stdout).toBe('what happened');
});

it('says that the folder is still there when tar fails', async () => {
  const error = await rejection(packFolder(join(tmpdir(), 'no-such-folder', 'x')));
  expect(error).toMatchObject({ code: 'NOT_PACKED', remedy: expect.stringContaining('The folder itself is complete') });
});
