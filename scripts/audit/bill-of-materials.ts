import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import { PackageURL } from 'packageurl-js';
import { workMs } from '../messages/tool-deadline.ts';
import { componentOf } from './dpkg.ts';
import type { ImagePackages } from './image-packages.ts';
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

/**
 * A CycloneDX bill of materials of what an image contains of its distribution. Where that is not known the bill says so
 * in the format's own way, as a composition: without one, an empty list would read as an image without packages.
 *
 * @param at ISO 8601, UTC
 */
export function imageBill(image: string, found: ImagePackages, at: string): Bill {
  const subject = { 'bom-ref': image, type: 'container', name: image };
  const known = 'packages' in found;
  return billSchema.parse({
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: at,
      component: subject,
      ...(known ? {} : { properties: [{ name: 'os-packages', value: `unknown: ${found.unknown}` }] }),
    },
    components: known
      ? [...found.packages.map((one) => componentOf(one, found.distribution)), ...nodeComponent(found.node)]
      : [],
    // What belongs to no package is not listed.
    compositions: [{ aggregate: known ? 'incomplete' : 'unknown', assemblies: [image] }],
  });
}

function nodeComponent(version: string | undefined): Bill['components'] {
  if (version === undefined) return [];
  const purl = new PackageURL('generic', null, 'node', version).toString();
  return [{ 'bom-ref': purl, type: 'platform', name: 'node', version, purl, licenses: [{ license: { id: 'MIT' } }] }];
}
