import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const projectDirectory = resolve(import.meta.dirname, '../..');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'swallowed-flags-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Types a command line as a person would, with the machine's npm; what runs reaches no Docker. */
async function type(commandLine: string, npmrc = '') {
  const userconfig = join(directory, 'npmrc');
  writeFileSync(userconfig, npmrc);
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    NPM_CONFIG_USERCONFIG: userconfig,
    NO_COLOR: '1',
    DOCKER_HOST: 'none',
  };
  const [command = '', ...args] = commandLine.split(' ');
  const options = { cwd: projectDirectory, env, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const { exitCode, stdout, stderr } = await execa(command, args, options);
  return { exitCode, stdout, stderr };
}

const refusal = (flags: string, remedy: string, variables: string) =>
  [
    `✗ npm took ${flags} for itself, so the command would have run without ${flags.includes(' and ') ? 'them' : 'it'}. [USAGE]`,
    '  Rule: npm passes on only what follows `--`.',
    `  → ${remedy} If it was your environment that set ${variables}, unset it.`,
  ].join('\n');

describe('a flag that npm swallows', () => {
  it.each([
    [
      'npm run --silent stack promote --dry-run',
      '--dry-run',
      'Write `npm run stack -- promote --dry-run` or `npx stack promote --dry-run`.',
      'npm_config_dry_run',
    ],
    [
      'npm run --silent stack down nowhere --target=aws --yes',
      '--target and --yes',
      'Write `npm run stack -- down nowhere --target aws --yes` or `npx stack down nowhere --target aws --yes`.',
      'npm_config_target and npm_config_yes',
    ],
    [
      'npm run --silent up nowhere --accept-loss=database',
      '--accept-loss',
      'Write `npm run up -- nowhere --accept-loss database` or `npx stack up nowhere --accept-loss database`.',
      'npm_config_accept_loss',
    ],
    // `stack up` knows no --dry-run, and must not do for real what was to be a rehearsal.
    [
      'npm run --silent up nowhere --dry-run',
      '--dry-run',
      'Write `npm run up -- nowhere --dry-run` or `npx stack up nowhere --dry-run`.',
      'npm_config_dry_run',
    ],
    [
      'npm run --silent up nowhere --target=',
      '--target',
      'Write `npm run up -- nowhere --target=` or `npx stack up nowhere --target=`.',
      'npm_config_target',
    ],
    // npm leaves 8081 among the arguments: how it was typed is not known.
    [
      'npm run --silent up nowhere --port 8081',
      '--port',
      'Write `npm run stack -- <command> [options]` or `npx stack <command> [options]`.',
      'npm_config_port',
    ],
    [
      'npm exec --silent stack history nowhere --json',
      '--json',
      'Write `npm run stack -- history nowhere --json` or `npx stack history nowhere --json`.',
      'npm_config_json',
    ],
  ])('%s is wrong usage', async (commandLine, flags, remedy, variables) => {
    const { exitCode, stderr } = await type(commandLine);
    expect(stderr).toContain(refusal(flags, remedy, variables));
    expect(exitCode).toBe(2);
  });

  it.each([
    'npm run --silent stack -- history nowhere --json',
    'npx --silent stack history nowhere --json',
    'npx --silent --yes stack history nowhere --json',
  ])('%s passes its flags on', async (commandLine) => {
    const { exitCode, stdout } = await type(commandLine);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENVIRONMENT_UNKNOWN' } });
    expect(exitCode).toBe(1);
  });

  it('is not what an .npmrc says to npm', async () => {
    const { exitCode, stderr } = await type('npm run --silent stack history nowhere', 'yes=true\njson = true\n');
    expect(stderr).toContain('There is no environment nowhere.');
    expect(exitCode).toBe(1);
  });

  it('is one that an .npmrc says otherwise', async () => {
    const { exitCode, stderr } = await type('npm run --silent stack promote --yes --to=nowhere', 'yes=false\n');
    expect(stderr).toContain('npm took --to and --yes for itself');
    expect(exitCode).toBe(2);
  });
});
