import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { lendManifest } from './lend-manifest.ts';

/** A project with an app in `directory`, with or without a manifest. */
function projectWith(appDirectory: string, manifest: string | undefined): string {
  const directory = mkdtempSync(join(tmpdir(), 'lend-manifest-'));
  writeFileSync(join(directory, 'Pulumi.yaml'), 'name: shop\nruntime: nodejs\n');
  const config = `config:\n  aws:region: eu-central-1\n  shop:appDirectory: ${appDirectory}\n`;
  writeFileSync(join(directory, 'Pulumi.staging.yaml'), config);
  mkdirSync(join(directory, appDirectory), { recursive: true });
  if (manifest !== undefined) writeFileSync(join(directory, appDirectory, 'stack.app.ts'), manifest);
  return directory;
}

it('gives a program from before the manifest the current one, where its app was', async () => {
  const detail = vi.fn();
  const earlier = projectWith('api', undefined);
  await lendManifest(projectWith('app', 'current'), earlier, 'staging', { step: vi.fn(), detail });
  expect(readFileSync(join(earlier, 'api/stack.app.ts'), 'utf8')).toBe('current');
  expect(detail).toHaveBeenCalledWith(expect.stringContaining('stack.app.ts'));
});

it('leaves a program that has a manifest with its own', async () => {
  const detail = vi.fn();
  const earlier = projectWith('app', 'its own');
  await lendManifest(projectWith('app', 'current'), earlier, 'staging', { step: vi.fn(), detail });
  expect(readFileSync(join(earlier, 'app/stack.app.ts'), 'utf8')).toBe('its own');
  expect(detail).not.toHaveBeenCalled();
});
