import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PackageLists, withDebianRootfs } from './debian-rootfs.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rootfs-test-'));
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH']}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** Stands for apt on a machine without package lists: like apt, it refuses a second update during the first. */
function aptWithoutLists(): { readonly updates: () => string } {
  const program = `#!/bin/sh
case " $* " in
  *' update '*)
    echo update >> '${directory}/updates'
    mkdir '${directory}/lock' || exit 100
    sleep 0.3
    touch '${directory}/lists'
    rmdir '${directory}/lock' ;;
  *' install '*)
    [ -e '${directory}/lists' ] || { echo 'E: Unable to locate package sed'; exit 100; }
    # There is nothing to unpack, so it lays out what base-files would.
    archives=$(echo "$*" | sed 's/.*Dir::Cache::archives=\\([^ ]*\\).*/\\1/')
    mkdir -p "$archives/../root/etc" ;;
esac
`;
  for (const name of ['apt-get', 'apt-cache']) {
    writeFileSync(join(directory, name), program);
    chmodSync(join(directory, name), 0o755);
  }
  return { updates: () => readFileSync(join(directory, 'updates'), 'utf8') };
}

it('fetches missing package lists once for all images that are built at the same time', async () => {
  const apt = aptWithoutLists();
  const lists = new PackageLists();
  const recipe = { packages: [], copies: [], links: {}, ownedFolders: [] };
  const exists = () => withDebianRootfs(recipe, lists, (archive) => Promise.resolve(existsSync(archive)));

  await expect(Promise.all([exists(), exists(), exists()])).resolves.toEqual([true, true, true]);
  expect(apt.updates()).toBe('update\n');
});
