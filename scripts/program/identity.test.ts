import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { hashSettings, readProgramCommit } from './identity.ts';

let project = '';
const write = (file: string, text: string) => writeFileSync(join(project, file), text);
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', project, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'identity-'));
  mkdirSync(join(project, 'infra'));
  mkdirSync(join(project, 'app'));
  write('infra/index.ts', 'export {};');
  write('app/main.ts', 'export {};');
  write('Pulumi.yaml', 'name: example\nconfig: {}\n');
  write('Pulumi.staging.yaml', 'config:\n  example:apiDesiredCount: 2\n  aws:region: eu-central-1\n');
});

describe('the hash of the settings', () => {
  it('changes with a value, not with the order of the keys or with the release that is pinned', () => {
    const before = hashSettings(project, 'staging');
    write(
      'Pulumi.staging.yaml',
      'config:\n  example:release: "{}"\n  aws:region: eu-central-1\n  example:apiDesiredCount: 2\n',
    );
    expect(hashSettings(project, 'staging')).toBe(before);
    write('Pulumi.staging.yaml', 'config:\n  example:apiDesiredCount: 3\n  aws:region: eu-central-1\n');
    expect(hashSettings(project, 'staging')).not.toBe(before);
  });
});

describe('the commit of the program', () => {
  it('is unknown without git', () => {
    expect(readProgramCommit(project)).toBe('unknown');
  });

  it('is dirty when the program or a stack file differs from it, and not when the app does', () => {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'First');
    const commit = git('rev-parse', 'HEAD');
    write('app/main.ts', 'changed');
    expect(readProgramCommit(project)).toBe(commit);
    write('Pulumi.staging.yaml', 'config: {}\n');
    expect(readProgramCommit(project)).toBe(`${commit}-dirty`);
  });
});
