import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './python-packages.ts';

/** The rule sets of requirements.in with all that they need, in exact versions. */
const requirements = join(import.meta.dirname, 'requirements.txt');

/** Installs the rule sets once per checkout and version; says why not when it can't. */
export function installRuleSets() {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return installPackages({
    folder: `audit-${version}`,
    // Everything is listed, and checkov asks for an older SDK than it needs: see overrides.txt.
    arguments: ['--no-deps', '--requirement', requirements],
    installer: 'uv',
  });
}
