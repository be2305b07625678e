import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

import { isRunning, processIdentity } from './process-identity.ts';

it('recognizes a process while it runs, and no longer', async () => {
  const child = spawn('sleep', ['60']);
  const identity = await processIdentity(child.pid ?? 0);
  if (identity === undefined) throw new Error('the process was not found');
  expect(await isRunning(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isRunning(identity)).toBe(false);
});

it.runIf(process.platform === 'linux')('tells a process from an earlier one that had its pid', async () => {
  expect(await isRunning({ pid: process.pid, startedAt: 'another boot+1' })).toBe(false);
});
