import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { fixtureProject, projectDirectory } from '../../infra/testing/graph-of.ts';
import { exitCodes } from '../messages/exit-code.ts';
import { main } from './main.ts';
import { registry } from './registry.ts';

/** With environments of its own. */
const directory = mkdtempSync(join(tmpdir(), 'main-'));
cpSync(fixtureProject, directory, { recursive: true });
cpSync(join(projectDirectory, 'package.json'), join(directory, 'package.json'));
afterAll(() => rmSync(directory, { recursive: true }));

async function stack(...args: readonly string[]) {
  const [stdout, stderr] = [collect(), collect()];
  const exitCode = await main(args, {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    variables: {},
    projectDirectory: directory,
    signal: new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collect() {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

describe('stack', () => {
  it('lists every command with what it is for', async () => {
    const { exitCode, stdout } = await stack('--help');
    expect(exitCode).toBe(0);
    for (const { name } of registry) expect(stdout).toMatch(new RegExp(`^ {2}${name}( \\[|\\s)`, 'm'));
  });

  it.each(registry.map(({ name }) => name))('%s --help lists its options, --json among them', async (name) => {
    const { exitCode, stdout } = await stack(name, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--json');
  });

  it.each([
    [['upp'], "Unknown command 'upp'.", undefined, 'Did you mean up? `npm run stack -- --help` lists the commands.'],
    [
      ['up', 'staging', 'prod'],
      "Too many arguments for 'up'. Expected 1 argument but got 2: staging, prod.",
      undefined,
      '`npm run stack -- up --help` lists its options.',
    ],
    [
      ['up', '--targe', 'aws'],
      "Unknown option '--targe'.",
      undefined,
      'Did you mean --target? `npm run stack -- up --help` lists its options.',
    ],
    [
      ['up', '--target', 'gcp'],
      '--target cannot be gcp.',
      'Allowed choices are local, aws.',
      '`npm run stack -- up --help` lists its options.',
    ],
    [
      ['up', '--port', '0'],
      '--port cannot be 0.',
      'Use a port from 1 to 65535.',
      '`npm run stack -- up --help` lists its options.',
    ],
    [
      ['logs', '--since', 'yesterday'],
      '--since cannot be yesterday.',
      'Use a duration such as 90s, 15m, 2h or 1d.',
      '`npm run stack -- logs --help` lists its options.',
    ],
    [
      ['rollback', '--to'],
      '--to needs a value: --to <version>.',
      undefined,
      '`npm run stack -- rollback --help` lists its options.',
    ],
  ])('%j is wrong usage: exit code 2, a code, and the help of that command', async (args, message, rule, remedy) => {
    const { exitCode, stderr, stdout } = await stack(...args);
    expect(exitCode).toBe(exitCodes.usage);
    const lines = [`✗ ${message} [USAGE]`, ...(rule === undefined ? [] : [`  Rule: ${rule}`]), `  → ${remedy}`, ''];
    expect(stderr).toBe(lines.join('\n'));
    expect(stdout).toBe('');
  });

  it('--version prints the version of the project', async () => {
    const { version } = JSON.parse(readFileSync(resolve(projectDirectory, 'package.json'), 'utf8'));
    expect(await stack('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints the whole help where no command is named', async () => {
    const { exitCode, stderr } = await stack();
    expect(exitCode).toBe(exitCodes.usage);
    expect(stderr).toMatch(/^Usage: stack <command>/);
  });

  it('says that an environment does not exist: exit code 1', async () => {
    const { exitCode, stderr, stdout } = await stack('history', 'stagin');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      [
        '✗ There is no environment stagin. [ENVIRONMENT_UNKNOWN]',
        '  Rule: An environment is what has a file Pulumi.<environment>.yaml.',
        '  → Did you mean staging? There are: prod, staging.\n',
      ].join('\n'),
    );
  });

  it.each([
    [['history', 'stagin', '--json'], 1, 'ENVIRONMENT_UNKNOWN'],
    [['promote', '--from', 'stagin', '--json'], 1, 'ENVIRONMENT_UNKNOWN'],
    [['logs', '--follow', '--json'], 1, 'FOLLOW_NOT_JSON'],
    [['status', '--watch', '--json'], 1, 'WATCH_NOT_JSON'],
    [['exec', '--json'], 1, 'SHELL_NOT_JSON'],
    [['run', '--json'], 2, 'USAGE'],
    [['run', 'stagin', '--json', '--', 'ls', '--no-such-flag'], 1, 'ENVIRONMENT_UNKNOWN'],
    [['up', '--target', 'gcp', '--json'], 2, 'USAGE'],
    [['upp', '--json'], 2, 'USAGE'],
  ])('%j gives its error as the one JSON object on stdout', async (args, code, error) => {
    const { exitCode, stdout } = await stack(...args);
    expect(exitCode).toBe(code);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: error } });
  });
});
