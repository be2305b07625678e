import { PackageURL } from 'packageurl-js';
import type { Bill } from './licences.ts';

type Component = Bill['components'][number];

/** A package as dpkg records it: https://manpages.debian.org/bookworm/dpkg-dev/deb-control.5.en.html */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The names that the package's copyright file uses, which are Debian's own. Absent: not known. */
  readonly licences?: readonly string[];
}

/** `ID` and `VERSION_ID` of /etc/os-release: https://www.freedesktop.org/software/systemd/man/latest/os-release.html */
export interface Distribution {
  readonly id: string;
  readonly version?: string;
}

/** The packages that are installed, of `/var/lib/dpkg/status` or of a file of distroless's `status.d`. */
export function parseDpkgStatus(text: string): readonly DebianPackage[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(stanza)?.[1]?.trim();
    const [name, version, architecture = 'all', status] = ['Package', 'Version', 'Architecture', 'Status'].map(field);
    if (name === undefined || version === undefined) return [];
    // Removed packages whose configuration is kept stay in the file; status.d has no such field.
    if (status !== undefined && !status.endsWith(' installed')) return [];
    return [{ name, version, architecture }];
  });
}

/**
 * The licences that a copyright file names, where it is of the form that a program can read:
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 */
export function licencesOf(copyright: string): readonly string[] | undefined {
  if (!/^Format: ?https?:\/\/\S*copyright-format\/1\.0/m.test(copyright)) return undefined;
  const named = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gim)].map(([, name = '']) => name.trim());
  return named.length === 0 ? undefined : [...new Set(named)].toSorted();
}

export function parseOsRelease(text: string): Distribution | undefined {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  const [id, version] = ['ID', 'VERSION_ID'].map(field);
  if (id === undefined) return undefined;
  return { id, ...(version === undefined ? {} : { version }) };
}

/** As CycloneDX has it: https://cyclonedx.org/docs/1.5/json/#components */
export function componentOf(found: DebianPackage, { id, version }: Distribution): Component {
  const qualifiers = { arch: found.architecture, ...(version === undefined ? {} : { distro: `${id}-${version}` }) };
  const purl = new PackageURL('deb', id, found.name, found.version, qualifiers).toString();
  return {
    'bom-ref': purl,
    type: 'library',
    name: found.name,
    version: found.version,
    purl,
    ...(found.licences === undefined ? {} : { licenses: found.licences.map((name) => ({ license: { name } })) }),
  };
}
