import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { namedFolder, newFolder } from './incident-folder.ts';

const now = Date.parse('2026-11-21T12:00:00.500Z');
let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'incidents-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('the folder of an incident', () => {
  it('is a new one for each of those that are collected in one second', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => newFolder(join(parent, 'all'), 'prod', now)));
    expect(readdirSync(join(parent, 'all')).toSorted()).toEqual([
      'prod-2026-11-21T12-00-00',
      'prod-2026-11-21T12-00-00-2',
      'prod-2026-11-21T12-00-00-3',
    ]);
    expect(new Set(folders).size).toBe(3);
    expect(statSync(folders[0] ?? '').mode & 0o777).toBe(0o700);
  });

  it('may be named, and be there, as long as nothing is in it', async () => {
    const folder = join(parent, 'a', 'b');
    expect(await namedFolder(folder)).toBe(folder);
    expect(await namedFolder(folder)).toBe(folder);
    writeFileSync(join(folder, 'status.txt'), 'the only record');
    expect(await rejection(namedFolder(folder))).toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
  });
});
