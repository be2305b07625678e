import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../messages/user-error.ts';
import type { SmokeTest } from './flow.ts';

/**
 * Loads the app's own smoke test: a module that exports
 * `smoke({ baseUrl, fetch, signal }): Promise<void>`.
 * @param path from the project's directory: the setting `smokeTest`
 */
export async function loadSmokeTest(projectDirectory: string, path: string): Promise<SmokeTest> {
  const file = resolve(projectDirectory, path);
  const missing = await access(file).then(
    () => false,
    () => true,
  );
  const remedy = 'Set `smokeTest` to a module that exports `smoke({ baseUrl, fetch, signal })`.';
  if (missing) throw new UserError({ code: 'SMOKE_TEST_MISSING', message: `There is no smoke test ${path}.`, remedy });
  const module: unknown = await import(pathToFileURL(file).href);
  if (!exportsSmoke(module)) {
    throw new UserError({ code: 'SMOKE_TEST_MISSING', message: `${path} exports no function \`smoke\`.`, remedy });
  }
  return module.smoke;
}

function exportsSmoke(module: unknown): module is { readonly smoke: SmokeTest } {
  return typeof module === 'object' && module !== null && 'smoke' in module && typeof module.smoke === 'function';
}
