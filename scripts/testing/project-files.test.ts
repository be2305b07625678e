import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectFiles } from './project-files.ts';

let around = '';
let project = '';
beforeEach(() => {
  around = mkdtempSync(join(tmpdir(), 'around-'));
  project = join(around, 'deploy');
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  for (const file of ['package.json', 'a b.md', 'node_modules/x.js']) writeFileSync(join(project, file), '');
  writeFileSync(join(project, '.gitignore'), 'node_modules/\n');
});
afterEach(() => rmSync(around, { recursive: true }));

const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: around });
const files = ['.gitignore', 'a b.md', 'package.json'];

describe('the files of a project', () => {
  it('are those that git would track, where there is no repository', () => {
    expect(projectFiles(project).toSorted()).toEqual(files);
  });

  it('are those below it, in a larger repository', () => {
    writeFileSync(join(around, 'other.md'), '');
    git('init', '--quiet');
    expect(projectFiles(project).toSorted()).toEqual(files);
    git('add', '--all');
    expect(projectFiles(project).toSorted()).toEqual(files);
  });

  it('are the same in a repository that ignores the project', () => {
    writeFileSync(join(around, '.gitignore'), 'deploy/\n');
    git('init', '--quiet');
    expect(projectFiles(project).toSorted()).toEqual(files);
  });
});
