import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Where the server program is, or why the tests that need it are skipped. */
export type ValkeyBinary = { readonly path: string } | { readonly missing: string };

const names = ['valkey-server', 'redis-server'] as const;
const installTimeoutMs = 120_000;

/** On PATH; else from Debian's packages, where this user may install them. */
export function findValkey(): ValkeyBinary {
  const found = valkeyOnPath();
  if (found !== undefined) {
    return { path: found };
  }
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    return { missing: 'neither valkey-server nor redis-server is on PATH, and only root can install one with apt-get' };
  }
  try {
    withoutStartingServices(install);
  } catch (error) {
    return { missing: `apt-get could not install redis-server: ${error instanceof Error ? error.message : error}` };
  }
  const installed = valkeyOnPath();
  return installed === undefined ? { missing: 'apt-get installed no redis-server' } : { path: installed };
}

export function valkeyOnPath(): string | undefined {
  return names.find((name) => spawnSync(name, ['--version']).status === 0);
}

function install(): void {
  const options = {
    stdio: 'pipe',
    timeout: installTimeoutMs,
    // biome-ignore lint/style/noProcessEnv: apt-get is to find what this process would.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  const apt = (...args: readonly string[]) =>
    execFileSync('apt-get', ['-qq', '--yes', '-o', 'DPkg::Lock::Timeout=60', ...args], options);
  const wanted = ['install', '--no-install-recommends', 'redis-server'];
  try {
    apt(...wanted);
  } catch {
    // The lists of packages may be older than what the mirror still has.
    apt('update');
    apt(...wanted);
  }
}

/** The package would start a server on the usual port: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt */
function withoutStartingServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    work();
    return;
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    rmSync(policy, { force: true });
  }
}
