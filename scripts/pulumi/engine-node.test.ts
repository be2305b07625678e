import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { engineNode } from './engine-node.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');
const onPath = (path: string) => engineNode({ projectDirectory, environmentVariables: { PATH: path } });

/** A folder with a Node that answers as this version does: https://nodejs.org/api/process.html#processfeaturestypescript */
function nodeThatSays(answer: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'engine-node-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'node'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  return directory;
}

it('is the first Node on the PATH, not the one that runs the command', async () => {
  expect(await onPath(dirname(process.execPath))).toBe(process.version);
  expect(await onPath(nodeThatSays('v22.18.0 strip'))).toBe('v22.18.0');
});

it.each(['v20.19.5 undefined', 'v22.17.1 false'])('is refused when it says %s', async (answer) => {
  await expect(onPath(nodeThatSays(answer))).rejects.toMatchObject({
    code: 'ENGINE_NODE_UNSUITABLE',
    message: `The first Node on the PATH is ${answer.split(' ')[0]}, which cannot run TypeScript.`,
    rule: expect.stringContaining('>=22.18'),
  });
});

it('is missed when there is none', async () => {
  await expect(onPath('/nowhere')).rejects.toMatchObject({ message: 'There is no Node on the PATH.' });
});
