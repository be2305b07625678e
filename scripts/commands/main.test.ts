import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { main } from './main.ts';
import { registry } from './registry.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

async function stack(...args: readonly string[]) {
  const [stdout, stderr] = [collect(), collect()];
  const exitCode = await main(args, {
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    variables: {},
    projectDirectory,
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
    [['upp'], "error: unknown command 'upp'\n(Did you mean up?)"],
    [['up', 'staging', 'prod'], "error: too many arguments for 'up'. Expected 1 argument but got 2: staging, prod."],
    [['up', '--targe', 'aws'], "error: unknown option '--targe'\n(Did you mean --target?)"],
    [
      ['up', '--target', 'gcp'],
      "error: option '--target <target>' argument 'gcp' is invalid. Allowed choices are local, aws.",
    ],
    [['up', '--port', '0'], "error: option '--port <port>' argument '0' is invalid. Give a port from 1 to 65535."],
    [
      ['logs', '--since', 'yesterday'],
      "error: option '--since <duration>' argument 'yesterday' is invalid. Give a duration such as 90s, 15m, 2h or 1d.",
    ],
    [['rollback', '--to'], "error: option '--to <version>' argument missing"],
  ])('%j is wrong usage: exit code 2', async (args, message) => {
    const { exitCode, stderr, stdout } = await stack(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(`${message}\n\`npm run stack -- --help\` lists the commands.\n`);
    expect(stdout).toBe('');
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
    [['up', '--target', 'gcp', '--json'], 2, 'USAGE'],
    [['upp', '--json'], 2, 'USAGE'],
  ])('%j gives its error as the one JSON object on stdout', async (args, code, error) => {
    const { exitCode, stdout } = await stack(...args);
    expect(exitCode).toBe(code);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: error } });
  });
});
