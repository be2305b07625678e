import { spawnSync } from 'node:child_process';

/**
 * `npm test`: the static checks first, then every test that this machine can run.
 * The test run's last line is `N passed, N failed, N skipped`.
 */
const steps = [
  ['npm', ['run', '--silent', 'check']],
  ['npx', ['vitest', 'run', ...process.argv.slice(2)]],
] as const;

for (const [command, args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
