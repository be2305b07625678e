import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { exitCodes } from '../messages/exit-code.ts';
import { answerMs } from '../messages/tool-deadline.ts';
import { closingFileVariable } from './closing-line-reporter.ts';
import { type Closing, closingLines, together, withoutResult } from './closing-lines.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

/** One start of Vitest. */
interface Run {
  readonly name: string;
  readonly words: readonly string[];
  /** What it says comes when it has ended, and not into what another one says meanwhile. */
  readonly quiet?: boolean;
}

interface Ended {
  readonly exitCode: number;
  readonly closing: Closing;
}

/**
 * A whole run, one stage after the other. Unit tests use all of the machine. Those that start containers leave a third of two
 * cores idle, which those of the app take. The last stage is alone: it counts failed requests.
 */
const stages: readonly (readonly Run[])[] = [
  [{ name: 'unit', words: ['--project', 'unit'] }],
  [
    { name: 'docker', words: ['--project', 'docker'] },
    {
      name: 'e2e',
      words: ['--project', 'e2e', '--maxWorkers', `${Math.max(1, availableParallelism() - 1)}`],
      quiet: true,
    },
  ],
  [{ name: 'load', words: ['--project', 'load'] }],
];

/**
 * `npm test`: every test that this machine can run, and the static checks beside them, which have the lower priority.
 * The last line is that of all tests: `N passed, N failed, N skipped`.
 */
async function runTests(env: NodeJS.ProcessEnv, temporary: string): Promise<number> {
  const checking = Promise.all(checks().map(async (check) => ({ check, passed: await passes(check, env) })));
  const given = process.argv.slice(2);
  const ended: Ended[] = [];
  for (const stage of given.length > 0 ? [[{ name: 'given', words: given }]] : stages) {
    ended.push(...(await Promise.all(stage.map((run) => runVitest(run, env, temporary)))));
  }
  const failed = (await checking).filter(({ passed }) => !passed);
  for (const { check } of failed) process.stdout.write(`failed: npm run ${check}\n`);
  const closing = together(ended.map((one) => one.closing));
  process.stdout.write(`${['', ...closingLines(closing)].join('\n')}\n`);
  return failed.length > 0 ? 1 : Math.max(...ended.map(({ exitCode }) => exitCode));
}

async function runVitest({ name, words, quiet }: Run, env: NodeJS.ProcessEnv, temporary: string): Promise<Ended> {
  const closingFile = join(temporary, `closing-${name}`);
  const output = quiet === true ? ({ all: true, stdin: 'ignore' } as const) : ({ stdio: 'inherit' } as const);
  const options = { reject: false, env: { ...env, [closingFileVariable]: closingFile }, ...output } as const;
  const running = execa('npx', ['vitest', 'run', ...words], options);
  const { exitCode = 1, all } = await running;
  if (all !== undefined) process.stdout.write(`${all}\n`);
  if (existsSync(closingFile)) return { exitCode, closing: JSON.parse(readFileSync(closingFile, 'utf8')) };
  process.stdout.write(`failed: vitest run ${words.join(' ')} ended with ${exitCode} and no result\n`);
  return { exitCode: Math.max(1, exitCode), closing: withoutResult };
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
  process.exitCode = await runTests({ ...process.env, TMPDIR: temporary }, temporary);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
