import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rejection } from '../../release/testing/rejection.ts';
import type { Engine } from '../engine/engine.ts';
import { testEngine } from '../testing/engine.ts';
import { recordProgress } from '../testing/sandbox.ts';
import { ensureBaseImages } from './base-images.ts';
import { buildImage } from './image.ts';

const minutes = 60_000;
const repository = resolve(import.meta.dirname, '../../..');

interface Failure {
  readonly why: string;
  readonly files: Readonly<Record<string, string>>;
  readonly message: string | RegExp;
  readonly details: string | RegExp;
}

/** Each in a real build with the real tool. */
const failures: readonly Failure[] = [
  {
    why: 'the app throws while it is built, and what ran it fails too',
    files: {
      Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nWORKDIR /src\nCOPY . .\nRUN npm run build',
      'package.json': '{"scripts":{"build":"node build.mjs"}}',
      'build.mjs':
        "import { execFileSync } from 'node:child_process';\nexecFileSync('node', ['main.mjs'], { stdio: 'inherit' });\n",
      'main.mjs': '\nthrow new Error("boom");\n',
    },
    message: /: \[4\/4\] RUN npm run build failed: Error: boom \(\/src\/main\.mjs:2\)$/,
    details: /throw new Error\("boom"\);[\s\S]*Error: boom/,
  },
  {
    why: 'a syntax error',
    files: {
      Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nWORKDIR /src\nCOPY . .\nRUN node main.mjs',
      'main.mjs': 'const x = ;\n',
    },
    message: /failed: SyntaxError: Unexpected token ';' \(\/src\/main\.mjs:1\)$/,
    details: /const x = ;/,
  },
  {
    why: 'no lock file',
    files: {
      Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nWORKDIR /src\nCOPY . .\nRUN npm ci',
      'package.json': '{"name":"a","version":"1.0.0"}',
    },
    message: /RUN npm ci failed: The `npm ci` command can only install with an existing package-lock\.json/,
    details: /^npm error code EUSAGE\nnpm error The `npm ci` command/,
  },
  {
    why: 'a program that is not there',
    files: { Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nRUN tscc' },
    message: /RUN tscc failed: \/bin\/sh: .*tscc: not found$/,
    details: /tscc: not found$/,
  },
  {
    why: 'a file that is not in the context',
    files: { Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nCOPY nothing-here /x' },
    message: /COPY nothing-here \/x failed: .*nothing-here.*not found/,
    details: /nothing-here/,
  },
  {
    why: 'an instruction that does not exist',
    files: { Dockerfile: 'ARG NODE_BASE_IMAGE\nFROM ${NODE_BASE_IMAGE}\nRUM ls' },
    message: /could not be built: .*unknown instruction: RUM/i,
    details: /RUM/,
  },
];

describe('an image build that fails', () => {
  let engine: Engine;
  let nodeBaseImage: string | undefined;
  const directories: string[] = [];
  const signal = new AbortController().signal;

  beforeAll(async () => {
    engine = await testEngine();
    const { docker } = engine;
    const progress = recordProgress();
    nodeBaseImage = (await ensureBaseImages({ docker, names: ['node'], source: undefined, progress, signal })).node;
  }, 10 * minutes);
  afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

  async function failureOf(directory: string, dockerfile = 'Dockerfile') {
    const build = { context: '.', dockerfile, args: {}, tag: 'x' };
    const request = { engine, build, reference: 'failing-build:x', nodeBaseImage, caFile: undefined };
    return rejection(buildImage({ ...request, projectDirectory: directory, progress: recordProgress(), signal }));
  }

  async function contextOf(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'failing-build-'));
    directories.push(directory);
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    return directory;
  }

  test.each(failures)('$why', { timeout: 5 * minutes }, async ({ files, message, details }) => {
    const failure = await failureOf(await contextOf(files));
    expect(failure.code).toBe('IMAGE_BUILD_FAILED');
    expect(failure.message).toMatch(message);
    expect(failure.details).toMatch(details);
    expect(failure.details).not.toMatch(/node:internal|Lifecycle script/);
    expect(stripVTControlCharacters(failure.details ?? '')).toBe(failure.details);
    const [, log = ''] = /The whole log: (\S+)$/.exec(failure.remedy ?? '') ?? [];
    expect(await readFile(log, 'utf8')).toContain(failure.details?.split('\n')[0] ?? 'nothing');
  });

  test('the bundled app, with the line of its source', { timeout: 10 * minutes }, async () => {
    const directory = await contextOf({});
    for (const entry of ['package.json', 'package-lock.json', 'app', '.dockerignore']) {
      const filter = (path: string) => !/\/(node_modules|dist)$/.test(path);
      await cp(join(repository, entry), join(directory, entry), { recursive: true, filter });
    }
    const main = join(directory, 'app/src/main.ts');
    const source = await readFile(main, 'utf8');
    await writeFile(main, `throw new Error("boom");\n${source}`);
    const thrown = await failureOf(directory, 'app/Dockerfile');
    expect(thrown.message).toMatch(/RUN node app\/build\/build\.ts failed: Error: boom \(app\/src\/main\.ts:1\)$/);
    expect(thrown.details).toBe('Error: boom\n    at app/src/main.ts:1');

    await writeFile(main, `${source}\nconst x = ;\n`);
    const mistyped = await failureOf(directory, 'app/Dockerfile');
    expect(mistyped.message).toMatch(/failed: Unexpected token \(src\/main\.ts:\d+:11\)$/);
    expect(mistyped.details).toMatch(/const x = ;/);
  });
});
