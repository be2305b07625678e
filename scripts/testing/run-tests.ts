import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { exitCodes } from '../messages/exit-code.ts';
import { answerMs } from '../messages/tool-deadline.ts';
import { closingFileVariable } from './closing-line-reporter.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

/**
 * `npm test`: every test that this machine can run, and the static checks beside them, which have the lower priority.
 * The last line is that of the test run: `N passed, N failed, N skipped`.
 */
async function runTests(env: NodeJS.ProcessEnv, closingFile: string): Promise<number> {
  const checking = Promise.all(checks().map(async (check) => ({ check, passed: await passes(check, env) })));
  const words = ['vitest', 'run', ...process.argv.slice(2)];
  const options = { stdio: 'inherit', reject: false, env: { ...env, [closingFileVariable]: closingFile } } as const;
  const { exitCode = 1 } = await execa('npx', words, options);
  const failed = (await checking).filter(({ passed }) => !passed);
  for (const { check } of failed) process.stdout.write(`failed: npm run ${check}\n`);
  if (existsSync(closingFile)) process.stdout.write(readFileSync(closingFile, 'utf8'));
  return failed.length > 0 ? 1 : exitCode;
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
  const running = execa('npm', ['run', '--silent', check], { all: true, reject: false, env });
  if (running.pid !== undefined) setPriority(running.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const { failed, all } = await running;
  if (all !== '') process.stdout.write(`${all}\n`);
  return !failed;
}

/** Many tests make repositories, and copies of this project by what git would track. */
async function assertGit(): Promise<void> {
  const { exitCode } = await execa('git', ['--version'], { reject: false, timeout: answerMs });
  if (exitCode === 0) return;
  process.stderr.write('✗ The tests need git, which is not on the PATH.\n  → Install git. `npm run up` needs none.\n');
  process.exit(exitCodes.refused);
}

await assertGit();
/** All that tests leave in the folder for temporary files goes with it, also after a test that failed. */
const temporary = mkdtempSync(join(tmpdir(), 'stack-test-'));
// Servers that refuse to run as root run as somebody else, who must get through to their own folder.
chmodSync(temporary, 0o711);
try {
  process.exitCode = await runTests({ ...process.env, TMPDIR: temporary }, join(temporary, 'closing'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
