import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const projectDirectory = resolve(import.meta.dirname, '../..');

/**
 * `npm test`: the static checks first, all at once, then every test that this machine can run.
 * The test run's last line is `N passed, N failed, N skipped`.
 */
async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  const outcomes = await Promise.all(checks().map((check) => passes(check, env)));
  if (outcomes.includes(false)) return 1;
  const { status } = spawnSync('npx', ['vitest', 'run', ...process.argv.slice(2)], { stdio: 'inherit', env });
  return status ?? 1;
}

/** The scripts that `npm run check` runs one after the other. */
function checks(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8'));
  const names = `${scripts.check}`.split(' && ').map((command) => /^npm run (\S+)$/.exec(command)?.[1]);
  return names.map((name) => {
    if (name === undefined) throw new Error(`npm run check has a part that is no script: ${scripts.check}`);
    return name;
  });
}

async function passes(check: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { failed, all } = await execa('npm', ['run', '--silent', check], { all: true, reject: false, env });
  if (all !== '') process.stdout.write(`${all}\n`);
  return !failed;
}

/** All that tests leave in the folder for temporary files goes with it, also after a test that failed. */
const temporary = mkdtempSync(join(tmpdir(), 'stack-test-'));
// Servers that refuse to run as root run as somebody else, who must get through to their own folder.
chmodSync(temporary, 0o711);
try {
  process.exitCode = await runTests({ ...process.env, TMPDIR: temporary });
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
