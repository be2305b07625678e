import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCommandServer } from './command-server.ts';

/** In the place of the process that has loaded the program: says which process it is. */
const processText = `process.on('message', ({ args }) => {
  if (args[0] === 'die') process.exit(3);
  process.send({ talk: 'a word' });
  process.send({ exitCode: 0, stdout: String(process.pid) });
});
process.on('disconnect', () => process.exit());
`;

function createServer() {
  const directory = mkdtempSync(join(tmpdir(), 'command-server-'));
  mkdirSync(join(directory, 'scripts/testing'), { recursive: true });
  writeFileSync(join(directory, 'scripts/testing/command-process.ts'), processText);
  const server = createCommandServer(directory, process.env);
  onTestFinished(() => {
    server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { directory, server };
}

it('runs commands in the same process until a module changes', async () => {
  const { directory, server } = createServer();
  const first = await server.run(['up']);
  expect(first).toMatchObject({ exitCode: 0, stderr: 'a word', stdout: expect.stringMatching(/^\d+$/) });
  writeFileSync(join(directory, 'package.json'), '{}');
  expect((await server.run(['up'])).stdout).toBe(first.stdout);
  writeFileSync(join(directory, 'stack.app.ts'), 'export const app = {};');
  expect((await server.run(['up'])).stdout).not.toBe(first.stdout);
});

it('rejects what its process does not finish, and starts another one', async () => {
  const { server } = createServer();
  await expect(server.run(['die'])).rejects.toThrow('The process of stack die ended with 3');
  expect((await server.run(['up'])).exitCode).toBe(0);
});

it('runs one command at a time', async () => {
  const { server } = createServer();
  const running = server.run(['up']);
  await expect(server.run(['status'])).rejects.toThrow('stack status needs a process of its own');
  expect((await running).exitCode).toBe(0);
});
