import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineProcesses } from './engine-processes.ts';

const dead = Number(spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout);
const startedAt = new Date('2026-11-21T12:00:00.700Z');
const lock = { user: 'ada', host: hostname(), processId: dead, at: '2026-11-21T12:00:00Z' };

describe('the lock of a backend', () => {
  let directory: string;
  const here = () => new EngineProcesses(directory, 'this boot');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'engine-processes-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('was left behind by a process that was started here and is dead', () => {
    here().started('prod', dead, startedAt);
    expect(here().isLeftBehind('prod', lock)).toBe(true);
  });

  it('is that of a living process of another machine, for all that its host name and process id say', () => {
    expect(here().isLeftBehind('prod', lock)).toBe(false);
  });

  it.each([
    ['of another boot, or another container on this disk', 'another boot', lock, dead],
    ['of another host', 'this boot', { ...lock, host: 'runner-7' }, dead],
    [
      'taken before the process of that id was started here',
      'this boot',
      { ...lock, at: '2026-11-21T11:59:59Z' },
      dead,
    ],
    ['of a process that lives', 'this boot', { ...lock, processId: process.pid }, process.pid],
    ['without a time', 'this boot', { ...lock, at: '' }, dead],
  ])('is not ours to remove: %s', (_, machine, found, processId) => {
    new EngineProcesses(directory, machine).started('prod', processId, startedAt);
    expect(here().isLeftBehind('prod', found)).toBe(false);
  });

  it('is not ours to remove where nothing tells machines apart', () => {
    const nowhere = new EngineProcesses(directory, undefined);
    nowhere.started('prod', dead, startedAt);
    expect(nowhere.isLeftBehind('prod', lock)).toBe(false);
  });

  it('of another environment is another lock', () => {
    here().started('staging', dead, startedAt);
    expect(here().isLeftBehind('prod', lock)).toBe(false);
  });

  it('is not left by what came before an update that succeeded', () => {
    here().started('prod', dead, startedAt);
    here().succeeded('prod');
    expect(here().isLeftBehind('prod', lock)).toBe(false);
  });

  it('of a project that cannot be written to is left to a person', () => {
    writeFileSync(join(directory, '.stack'), '');
    expect(() => here().started('prod', dead, startedAt)).not.toThrow();
    expect(here().isLeftBehind('prod', lock)).toBe(false);
  });
});
