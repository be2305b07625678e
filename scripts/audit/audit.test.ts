import { beforeAll, describe, expect, it } from 'vitest';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { type Audit, audit, readAcceptances } from './audit.ts';
import { readReference } from './reference-file.ts';
import { installRuleSets } from './tools.ts';

const minutes = 60_000;
const installed = await installRuleSets();
const missing = 'missing' in installed ? installed.missing : undefined;

describe.skipIf(missing)(`what rule sets of others find${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let result: Audit;

  beforeAll(async () => {
    result = await audit(fixtureProject, 'bin' in installed ? installed.bin : '');
  }, 5 * minutes);

  it('is accepted with a reason, or nothing', () => {
    expect(result.open).toEqual([]);
  });

  it('is still found where it is accepted', () => {
    expect(result.stale).toEqual([]);
  });

  it('comes from rule sets that saw the whole program', () => {
    const least: Readonly<Record<string, number>> = { permissions: 300, 'api-model': 800, checkov: 1000, terraform: 1 };

    expect(result.looked.map(({ ruleSet }) => ruleSet).slice(0, 3)).toEqual(['permissions', 'api-model', 'checkov']);
    for (const { ruleSet, count } of result.looked) expect(count, ruleSet).toBeGreaterThanOrEqual(least[ruleSet] ?? 0);
  });

  it('says of permissions what the snapshot of the reference says', () => {
    // npm run audit:infra -- --update-reference
    expect(readReference()).toEqual(result.reference);
  });
});

it('has a reason for each acceptance, and each rule once', () => {
  const rules = readAcceptances().map(({ rule, resources }) => `${rule} ${resources?.join()}`);

  expect(rules.length).toBeGreaterThan(0);
  expect(new Set(rules).size).toBe(rules.length);
});
