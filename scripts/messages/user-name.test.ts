import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { userName } from './user-name.ts';

it('is the name of the user', () => {
  expect(userName()).toBe(userInfo().username);
});

it.runIf(process.getuid?.() === 0)('is a number where the system has no name for it', () => {
  const module = JSON.stringify(join(import.meta.dirname, 'user-name.ts'));
  const program = `const { userName } = await import(${module}); console.log(userName());`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    uid: 54_321,
    encoding: 'utf8',
  });

  expect(stdout).toBe('uid-54321\n');
});
