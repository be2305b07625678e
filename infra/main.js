import { readFileSync } from 'node:fs';
import { RunError } from '@pulumi/pulumi/errors.js';

/*
 * What `pulumi up` loads: plain JavaScript, so that an old Node gets as far as saying what it needs instead of
 * ERR_UNKNOWN_FILE_EXTENSION. It does not start a newer Node by itself: the engine has its providers run by the first
 * Node on PATH, too, and the one of the migrations is part of this program.
 */
const project = new URL('..', import.meta.url);

if (!process.features.typescript) {
  const { engines } = JSON.parse(readFileSync(new URL('package.json', project), 'utf8'));
  throw new RunError(
    `Node ${process.version} cannot run this program: it needs Node ${engines.node} first on the PATH. ` +
      `On Linux the project brings one: PATH="${decodeURIComponent(project.pathname)}node_modules/.bin:$PATH" pulumi up`,
  );
}

export default await import('./index.ts');
