import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { exampleApp } from '../testing/example-app.ts';
import { projectDirectory } from '../testing/graph-of.ts';
import { check } from './check.ts';
import { deriveNumbers } from './numbers.ts';
import { renderContractPage } from './page.ts';
import { keptByConstruction } from './rules/kept-by-construction.ts';

const settings = parseSettings({ 'aws:region': 'eu-central-1' }, 'staging');
const checks = check(deriveNumbers(settings, exampleApp), settings);

describe('docs/contract.md', () => {
  it('is what the checks say (npx vitest run --project unit infra/contract/page -u writes it)', async () => {
    await expect(renderContractPage(checks)).toMatchFileSnapshot(join(projectDirectory, 'docs/contract.md'));
  });

  it('has each rule from C1 to C31, and each of them once', () => {
    const whole = [...new Set(checks.map(({ id }) => id.split('.')[0] ?? ''))];
    const listed = [...whole, ...keptByConstruction.map(({ id }) => id)];

    expect(listed.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(
      Array.from({ length: 31 }, (_, index) => `C${index + 1}`),
    );
  });

  it('names what exists', () => {
    const paths = keptByConstruction.flatMap(({ shownBy }) => shownBy);

    expect(paths.filter((path) => !existsSync(join(projectDirectory, path)))).toEqual([]);
  });
});
