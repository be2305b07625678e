import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { record } from './graph/record.ts';
import { readConfig } from './graph/stack-files.ts';
import { fixtureProject } from './testing/graph-of.ts';

const projectDirectory = dirname(import.meta.dirname);
const main = join(import.meta.dirname, 'main.js');

it('gives the outputs of the program', async () => {
  let outputs: Record<string, unknown> = {};
  const config = readConfig(fixtureProject, 'staging');
  await record({ project: 'nest-fargate', environment: 'staging', config }, async () => {
    const { default: program, ...others } = await import(main);
    // Pulumi takes the named exports of a module or its default one, and refuses both.
    expect(others).toEqual({});
    outputs = program;
    return program;
  });
  expect(outputs).toBe(await import('./index.ts'));
  expect(Object.keys(outputs)).toContain('url');
});

it('says on a Node that does not know TypeScript which one it needs', async () => {
  const script = `import(${JSON.stringify(main)}).catch(({ message, __pulumiRunError }) => console.log(JSON.stringify({ message, __pulumiRunError })))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-strip-types', '-e', script]);
  expect(JSON.parse(stdout)).toEqual({
    message:
      `Node ${process.version} cannot run this program: it needs Node >=22.18 first on the PATH. ` +
      `On Linux the project brings one: PATH="${projectDirectory}/node_modules/.bin:$PATH" pulumi up`,
    // The mark by which Pulumi prints the message alone, without a stack.
    __pulumiRunError: true,
  });
});
