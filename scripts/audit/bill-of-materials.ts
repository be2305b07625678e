import { execa } from 'execa';
import { workMs } from '../messages/tool-deadline.ts';
import { type Bill, billSchema } from './licences.ts';

/** `project`: everything that `npm ci` installs. `app`: what the image contains beside its base. */
export type Scope = 'project' | 'app';

/** A CycloneDX bill of materials, as npm makes it of the lock file. No network. */
export async function writeBill(directory: string, scope: Scope): Promise<Bill> {
  const ofScope = scope === 'app' ? ['--workspace', 'app', '--omit', 'dev'] : [];
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', ...ofScope];
  const { stdout } = await execa('npm', args, { cwd: directory, timeout: workMs });
  return billSchema.parse(JSON.parse(stdout));
}
