import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { earlierProgramDirectory } from './earlier-programs.ts';
import { readSettings } from './settings.ts';

function write(directory: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'Pulumi.yaml'), 'name: shop\nruntime: nodejs\n');
  const config = 'config:\n  aws:region: eu-central-1\n  shop:apiMemoryMiB: "1024"\n  shop:bodyLimitKiB: "100"\n';
  writeFileSync(join(directory, 'Pulumi.staging.yaml'), config);
  return directory;
}

it('ignores a setting of an earlier program that does not exist any more, and refuses it in the current one', () => {
  const project = write(mkdtempSync(join(tmpdir(), 'settings-')));
  const earlier = write(earlierProgramDirectory(project, 'a'.repeat(40)));

  expect(readSettings(earlier, 'staging').api.memoryMiB).toBe(1024);
  expect(() => readSettings(project, 'staging')).toThrow(/bodyLimitKiB is "100"\n {4}It must be a setting that exists/);
});
