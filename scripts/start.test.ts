import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '..');
/** A Node with this flag is one that does not know TypeScript, as the ones before 22.18. */
const withoutTypeScript = '--no-strip-types';
const platform = `${process.platform}-${process.arch}`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-'));
  mkdirSync(join(directory, 'scripts'));
  for (const file of ['package.json', 'scripts/start.cjs', 'scripts/stack.cjs']) {
    cpSync(join(project, file), join(directory, file));
  }
  write('scripts/stack.ts', 'const args: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify(args));\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(join(directory, file), text);
}

/** `node` in a folder of its own; with `flags`, one that starts so. */
function installNode(folder: string, ...flags: readonly string[]): string {
  mkdirSync(join(directory, folder), { recursive: true });
  const node = join(directory, folder, 'node');
  if (flags.length === 0) symlinkSync(process.execPath, node);
  else writeFileSync(node, `#!/bin/sh\nexec ${process.execPath} ${flags.join(' ')} "$@"\n`);
  chmodSync(node, 0o755);
  return join(directory, folder);
}

async function stack(path: readonly string[], ...args: readonly string[]) {
  const file = join(directory, 'scripts', 'stack.cjs');
  const env = { PATH: [...path, '/usr/bin', '/bin'].join(':') };
  const options = { env, extendEnv: false, reject: false } as const;
  const { exitCode, stdout, stderr } = await execa('node', [file, ...args], options);
  return { exitCode, stdout, stderr };
}

describe('the entry', () => {
  it('runs the command in its own process on a Node that knows TypeScript', async () => {
    mkdirSync(join(directory, 'node_modules'));
    expect(await stack([installNode('new')], 'promote', '--dry-run')).toMatchObject({
      exitCode: 0,
      stdout: '["promote","--dry-run"]',
    });
  });

  it('says in one sentence what to do before npm ci', async () => {
    expect(await stack([installNode('old', withoutTypeScript)], 'up')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `The dependencies are not installed: run \`npm ci\` in ${directory} first.`,
    });
  });

  it("takes the project's own Node where the one on the PATH is old", async () => {
    write('scripts/stack.ts', 'const node: string = process.execPath;\nconsole.log(node, process.env.PATH);\n');
    const own = join(directory, 'node_modules', `node-${platform}`, 'bin');
    mkdirSync(own, { recursive: true });
    cpSync(process.execPath, join(own, 'node'));
    const { stdout } = await stack([installNode('old', withoutTypeScript)], 'up');
    expect(stdout).toMatch(`${join(own, 'node')} ${own}:`);
  });

  it('takes a later one on the PATH where the project has none', async () => {
    mkdirSync(join(directory, 'node_modules'));
    const path = [installNode('old', withoutTypeScript), installNode('new')];
    expect(await stack(path, 'up')).toMatchObject({ exitCode: 0, stdout: '["up"]' });
  });

  it('takes the one on the PATH where its own is not for this system', async () => {
    const own = join('node_modules', `node-${platform}`, 'bin');
    mkdirSync(join(directory, own), { recursive: true });
    write(join(own, 'node'), '#!/no/such/loader\n');
    chmodSync(join(directory, own, 'node'), 0o755);
    const path = [installNode('old', withoutTypeScript), installNode('new')];
    expect(await stack(path, 'up')).toMatchObject({ exitCode: 0, stdout: '["up"]' });
  });

  it('ends as the command does', async () => {
    write('scripts/stack.ts', 'process.exitCode = Number(process.argv[2]) as 3;\n');
    mkdirSync(join(directory, 'node_modules'));
    const path = [installNode('old', withoutTypeScript), installNode('new')];
    expect(await stack(path, '3')).toMatchObject({ exitCode: 3 });
  });

  it('passes on the signal that ends it', async () => {
    write(
      'scripts/stack.ts',
      "process.on('SIGTERM', () => process.exit(7));\nsetInterval(() => {}, 1000);\nconsole.log('up');\n",
    );
    mkdirSync(join(directory, 'node_modules'));
    const path = [installNode('old', withoutTypeScript), installNode('new'), '/usr/bin', '/bin'].join(':');
    const child = execa('node', [join(directory, 'scripts', 'stack.cjs')], { env: { PATH: path }, reject: false });
    child.stdout.once('data', () => child.kill('SIGTERM'));
    expect(await child).toMatchObject({ exitCode: 7 });
  });

  it('says what to do where no Node runs TypeScript', async () => {
    mkdirSync(join(directory, 'node_modules'));
    const old = installNode('old', withoutTypeScript);
    const file = join(directory, 'scripts', 'stack.cjs');
    const { exitCode, stderr } = await execa(join(old, 'node'), [file, 'up'], {
      env: { PATH: old },
      extendEnv: false,
      reject: false,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `Node ${process.version} cannot run this project, and its own Node is not installed: ` +
        'run `npm ci` without --omit=optional, or put Node >=22.18 on the PATH.',
    );
  });

  it('says which package npm ci has to bring', async () => {
    mkdirSync(join(directory, 'node_modules'));
    write('scripts/stack.ts', "import 'no-such-package';\n");
    expect(await stack([installNode('new')], 'up')).toMatchObject({
      exitCode: 1,
      stderr: `The package no-such-package is not installed: run \`npm ci\` in ${directory}.`,
    });
  });

  it('keeps the stack of every other error', async () => {
    mkdirSync(join(directory, 'node_modules'));
    write('scripts/stack.ts', "throw new RangeError('a bug');\n");
    const { exitCode, stderr } = await stack([installNode('new')], 'up');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('scripts/stack.ts:1');
    expect(stderr).toContain('RangeError: a bug');
  });
});
