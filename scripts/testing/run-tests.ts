import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `npm test`: the static checks first, then every test that this machine can run.
 * The test run's last line is `N passed, N failed, N skipped`.
 */
const steps = [
  ['npm', ['run', '--silent', 'check']],
  ['npx', ['vitest', 'run', ...process.argv.slice(2)]],
] as const;

/** All that tests leave in the folder for temporary files goes with it, also after a test that failed. */
const temporary = mkdtempSync(join(tmpdir(), 'stack-test-'));
// Servers that refuse to run as root run as somebody else, who must get through to their own folder.
chmodSync(temporary, 0o711);
let exitCode = 0;
try {
  for (const [command, args] of steps) {
    const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, TMPDIR: temporary } });
    exitCode = status ?? 1;
    if (exitCode !== 0) break;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.exitCode = exitCode;
