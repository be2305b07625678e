import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureBaseImages, officialNodeImage } from '../local/images/base-images.ts';
import { testEngine } from '../local/testing/engine.ts';
import { recordProgress } from '../local/testing/sandbox.ts';
import { rejection } from '../release/testing/rejection.ts';
import { imageBill } from './bill-of-materials.ts';
import { readImagePackages } from './image-packages.ts';

const made: string[] = [];
afterEach(async () => {
  for (const image of made.splice(0)) await execa('docker', ['rmi', '--force', image]);
});

/** An image of nothing but these files. */
async function imageOf(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const at = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(at(path), text);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, at(path));
  const image = `t${process.pid}-packages:${made.length}`;
  await execa('tar', ['--create', '--file', `${folder}.tar`, '--directory', folder, '.']);
  await execa('docker', ['import', `${folder}.tar`, image]);
  made.push(image);
  for (const path of [folder, `${folder}.tar`]) rmSync(path, { recursive: true });
  return image;
}

const debian = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n' };
const stanza = (name: string) => `Package: ${name}\nVersion: 1.0-1\nArchitecture: all\n`;
const copyright = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nLicense: Expat\n';

describe('the packages of an image', () => {
  it('are those of the base that the app is built on, with their licences', async () => {
    const { docker } = await testEngine();
    const { node = officialNodeImage } = await ensureBaseImages({
      docker,
      names: ['node'],
      source: undefined,
      progress: recordProgress(),
    });
    const found = await readImagePackages(node);
    if ('unknown' in found) throw new Error(found.unknown);
    const names = found.packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['base-files', 'libc6', 'libstdc++6']));
    expect(found.packages.find(({ name }) => name === 'base-files')?.version).toMatch(/^1[23]\./);
    expect(found.packages.filter(({ licences }) => licences !== undefined).length).toBeGreaterThan(3);

    const bill = imageBill(node, found, '2026-11-21T12:00:00.000Z');
    expect(bill.components.map(({ name }) => name)).toEqual([...names, 'node']);
    expect(bill.components.at(-1)?.['purl']).toMatch(/^pkg:generic\/node@24\.\d+\.\d+$/);
    expect(bill.compositions).toEqual([{ aggregate: 'incomplete', assemblies: [node] }]);
    expect(bill.components.map(({ purl }) => purl)).toContainEqual(
      expect.stringMatching(/^pkg:deb\/[a-z]+\/libc6@2\.\d+-\S+\?arch=(amd64|arm64)&distro=[a-z]+-\d+/),
    );
  });

  it('are in a folder of distroless, beside checksums', async () => {
    const image = await imageOf({
      ...debian,
      'var/lib/dpkg/status.d/tzdata': stanza('tzdata'),
      'var/lib/dpkg/status.d/tzdata.md5sums': 'Package: none\nVersion: 1\n',
      'usr/share/doc/tzdata/copyright': copyright,
    });
    expect(await readImagePackages(image)).toEqual({
      distribution: { id: 'debian', version: '12' },
      packages: [{ name: 'tzdata', version: '1.0-1', architecture: 'all', licences: ['Expat'] }],
    });
  });

  it('are read from the image only: a link of it leads to no file of this machine', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(outside, 'copyright'), copyright);
    const image = await imageOf(
      { ...debian, 'var/lib/dpkg/status': stanza('x') },
      { 'usr/share/doc/x/copyright': join(outside, 'copyright') },
    );
    expect(await readImagePackages(image)).toMatchObject({
      packages: [{ name: 'x', version: '1.0-1', architecture: 'all' }],
    });
    expect(JSON.stringify(await readImagePackages(image))).not.toContain('Expat');
    rmSync(outside, { recursive: true });
  });

  it.each([
    ['no database of packages', { ...debian }, /neither .*status nor/],
    ['an empty one', { ...debian, 'var/lib/dpkg/status': '' }, /names no installed package/],
    ['no distribution', { 'var/lib/dpkg/status': stanza('x') }, /os-release/],
  ])('are unknown, not none, where it has %s', async (_what, files, why) => {
    const image = await imageOf(files);
    const found = await readImagePackages(image);
    expect(found).toEqual({ unknown: expect.stringMatching(why) });
    const bill = imageBill(image, found, '2026-11-21T12:00:00.000Z');
    expect(bill.compositions).toEqual([{ aggregate: 'unknown', assemblies: [image] }]);
    expect(JSON.stringify(bill['metadata'])).toContain('unknown: ');
  });

  it('are not looked for in an image that is not here', async () => {
    expect(await rejection(readImagePackages('no-such-image:1'))).toMatchObject({ code: 'IMAGE_NOT_HERE' });
  });

  it('leave no container behind', async () => {
    const image = await imageOf({ ...debian, 'var/lib/dpkg/status': stanza('x') });
    await readImagePackages(image);
    expect((await execa('docker', ['ps', '--all', '--quiet', '--filter', `ancestor=${image}`])).stdout).toBe('');
  });
});
