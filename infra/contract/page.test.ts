import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectDirectory } from '../project-directory.ts';
import { parseSettings } from '../settings/settings.ts';
import { check } from './check.ts';
import { deriveNumbers } from './numbers.ts';
import { keptElsewhere, renderContractPage } from './page.ts';

const settings = parseSettings({ 'aws:region': 'eu-central-1' }, 'staging');
const checks = check(deriveNumbers(settings), settings);

describe('docs/contract.md', () => {
  it('is what the checks say (npx vitest run infra/contract-page -u writes it)', async () => {
    await expect(renderContractPage(checks)).toMatchFileSnapshot(join(projectDirectory, 'docs/contract.md'));
  });

  it('has each rule from C1 to C31, and each of them once', () => {
    const whole = [...new Set(checks.map(({ id }) => id.split('.')[0] ?? ''))];
    const listed = [...whole, ...keptElsewhere.map(({ id }) => id)];

    expect(listed.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))).toEqual(
      Array.from({ length: 31 }, (_, index) => `C${index + 1}`),
    );
  });

  it('names what exists', () => {
    const paths = keptElsewhere.flatMap(({ shownBy }) => shownBy);

    expect(paths.filter((path) => !existsSync(join(projectDirectory, path)))).toEqual([]);
  });
});
