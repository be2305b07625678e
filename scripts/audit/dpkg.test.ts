import { describe, expect, it } from 'vitest';
import { componentOf, licencesOf, parseDpkgStatus, parseOsRelease } from './dpkg.ts';

/** As Debian 12 has it, shortened. */
const status = `Package: libc6
Status: install ok installed
Priority: optional
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u13
Depends: libgcc-s1, libcrypt1
Description: GNU C Library: Shared libraries
 Contains the standard libraries.
 .
 Version: 9 of nothing.

Package: sysvinit-utils
Status: deinstall ok config-files
Architecture: amd64
Version: 3.06-4

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2025b-0+deb12u2
`;

describe('a status file of dpkg', () => {
  it('has packages that are installed, and others', () => {
    expect(parseDpkgStatus(status)).toEqual([
      { name: 'libc6', version: '2.36-9+deb12u13', architecture: 'amd64' },
      { name: 'tzdata', version: '2025b-0+deb12u2', architecture: 'all' },
    ]);
  });

  it('of distroless says of no package that it is installed', () => {
    expect(parseDpkgStatus('Package: base-files\nVersion: 12.4+deb12u12\nArchitecture: amd64\n')).toEqual([
      { name: 'base-files', version: '12.4+deb12u12', architecture: 'amd64' },
    ]);
  });

  it('names nothing where there is nothing', () => {
    expect(parseDpkgStatus('')).toEqual([]);
    expect(parseDpkgStatus('# no stanza\n')).toEqual([]);
  });
});

describe('a copyright file', () => {
  it('names its licences where a program can read it', () => {
    const text = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2001 Somebody
License: GPL-2+

Files: y
License: Expat
 Permission is hereby granted

License: GPL-2+
 This program is free software
`;
    expect(licencesOf(text)).toEqual(['Expat', 'GPL-2+']);
  });

  it('is not guessed at otherwise', () => {
    expect(licencesOf('This package is under the GPL.\nLicense: see /usr/share/common-licenses/GPL\n')).toBeUndefined();
    expect(licencesOf('')).toBeUndefined();
  });
});

it('a distribution is the one of os-release', () => {
  expect(parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nID=debian\n')).toEqual({
    id: 'debian',
    version: '12',
  });
  expect(parseOsRelease('ID=debian\n')).toEqual({ id: 'debian' });
  expect(parseOsRelease('NAME=x\n')).toBeUndefined();
});

it('a component has the purl of its package, and no licence that is not known', () => {
  const found = { name: 'libstdc++6', version: '1:12.2.0-14+deb12u1', architecture: 'amd64' };
  expect(componentOf(found, { id: 'debian', version: '12' })).toEqual({
    'bom-ref': 'pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14+deb12u1?arch=amd64&distro=debian-12',
    type: 'library',
    name: 'libstdc++6',
    version: '1:12.2.0-14+deb12u1',
    purl: 'pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14+deb12u1?arch=amd64&distro=debian-12',
  });
  expect(componentOf({ ...found, licences: ['GPL-3+'] }, { id: 'debian' })).toMatchObject({
    licenses: [{ license: { name: 'GPL-3+' } }],
  });
});
