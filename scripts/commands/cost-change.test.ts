import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PriceSource } from '../cost/prices.ts';
import { hashSettings } from '../program/identity.ts';
import type { LedgerEntry } from '../release/ledger.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { type CostQuestion, readCostChange } from './cost-change.ts';

const root = resolve(import.meta.dirname, '../..');
const asked: string[] = [];
/** Not AWS's: of any numbers, the difference must be right. */
const prices: PriceSource = async (region, keys) => {
  asked.push(region);
  return { prices: Object.fromEntries([...keys].map((key) => [key, 0.5])) };
};
let project = '';
let commit = '';
let deployed: Partial<LedgerEntry> = {};
const said: string[] = [];

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', project, '-c', 'user.name=x', '-c', 'user.email=x@example.invalid', ...args], {
    encoding: 'utf8',
  }).trim();
const configure = (key: string, value: string) => {
  const file = join(project, 'Pulumi.staging.yaml');
  const others = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.includes(`:${key}:`));
  writeFileSync(file, `${others.join('\n').trimEnd()}\n  nest-fargate:${key}: ${value}\n`);
};
const ask = (entries: readonly LedgerEntry[]) =>
  readCostChange({
    projectDirectory: project,
    environment: 'staging',
    target: { ledger: () => ({ list: async () => entries }) as ReturnType<CostQuestion['target']['ledger']> },
    prices,
    progress: { step: (line) => void said.push(line), detail: () => undefined },
  });

describe('what a change costs compared with what runs', () => {
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'cost-change-'));
    for (const name of [
      'infra',
      'app/stack.app.ts',
      'Pulumi.yaml',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
    ]) {
      cpSync(join(root, name), join(project, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, '.gitignore'), 'node_modules\n.stack\n');
    writeFileSync(join(project, 'Pulumi.staging.yaml'), 'config:\n  aws:region: eu-central-1\n');
    configure('natGateways', 'single');
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'What runs');
    commit = git('rev-parse', 'HEAD');
    deployed = { programCommit: commit, settingsHash: hashSettings(project, 'staging') };
  });

  it('is all of it where nothing runs', async () => {
    const change = await ask([]);
    expect(change).toMatchObject({ value: { monthly: { least: expect.any(Number) } } });
    expect('value' in change && change.value.since).toBeUndefined();
  });

  it('is nothing where program and settings are the same, without a checkout', async () => {
    said.length = 0;
    asked.length = 0;
    expect(await ask([entry('1.0.0', deployed)])).toMatchObject({
      value: { since: '1.0.0', monthly: { least: 0, most: 0 }, pricedDiffers: false },
    });
    expect([said, asked]).toEqual([[], []]);
  });

  it('is that of a setting that was changed and not committed, and the checkout is removed', async () => {
    configure('natGateways', 'per-zone');
    expect(await ask([entry('1.0.0', deployed)])).toMatchObject({
      value: { since: '1.0.0', monthly: { least: 730, most: 730 } },
    });
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    git('checkout', '--quiet', '--', '.');
  });

  it('compares with the release that runs, not with a later attempt that failed', async () => {
    const failed = entry('2.0.0', { outcome: 'failed', programCommit: 'unknown' });
    expect(await ask([entry('1.0.0', deployed), failed])).toMatchObject({ value: { since: '1.0.0' } });
  });

  it.each<[string, () => Partial<LedgerEntry>, RegExp]>([
    ['the program was never committed', () => ({ programCommit: `${commit}-dirty` }), /was never committed/],
    ['there was no git', () => ({ programCommit: 'unknown' }), /was never committed/],
    ['the clone lacks the commit', () => ({ programCommit: 'f'.repeat(40) }), /cannot be checked out/],
    ['its settings are not those of the commit', () => ({ settingsHash: 'another' }), /other settings than commit/],
  ])('is not known where %s, and says why', async (_what, facts, why) => {
    configure('natGateways', 'per-zone');
    const change = await ask([entry('1.0.0', { ...deployed, ...facts() })]);
    git('checkout', '--quiet', '--', '.');
    expect(change).toEqual({ unknown: expect.stringMatching(why) });
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('is not known where it runs in another Region', async () => {
    writeFileSync(join(project, 'Pulumi.staging.yaml'), 'config:\n  aws:region: eu-west-1\n');
    const change = await ask([entry('1.0.0', deployed)]);
    git('checkout', '--quiet', '--', '.');
    expect(change).toEqual({ unknown: '1.0.0 runs in eu-central-1, and prices are those of a region.' });
  });
});
