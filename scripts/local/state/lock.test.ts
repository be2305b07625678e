import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';

import { acquireLock, waitForLock } from './lock.ts';

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'lock-')), 'staging.lock');
});

const acquire = (purpose = 'up') => acquireLock(path, 'staging', purpose, new Date('2026-11-21T12:00:00Z'));

it('keeps a second one out, and says who holds it, for what, since when', () => {
  acquire('promote from staging');
  expect(() => acquire()).toThrow(
    expect.objectContaining({
      code: 'ENVIRONMENT_LOCKED',
      message: expect.stringMatching(
        `^staging is being changed by process ${process.pid} \\(promote from staging, .+\\) since 2026-11-21T12:00:00.000Z\\.$`,
      ),
    }),
  );
});

it('lets the next one in after its release', async () => {
  await acquire().release();
  expect(() => acquire()).not.toThrow();
});

it('is given back when its holder is killed, at once', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
  const program = `const { acquireLock } = await import(${module});
    acquireLock(${JSON.stringify(path)}, 'staging', 'up'); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  expect(() => acquire()).toThrow(
    expect.objectContaining({ message: expect.stringContaining(`process ${holder.pid} `) }),
  );
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(() => acquire()).not.toThrow();
});

it.runIf(process.getuid?.() === 0)('says whose the folder is where it cannot be taken', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'lock.ts'));
  const program = `const { waitForLock } = await import(${module});
    await waitForLock(${JSON.stringify(path)}, 'staging', 'up', 60)
      .catch(({ code, remedy }) => console.log(code, remedy));`;
  chmodSync(dirname(path), 0o755);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    uid: 54_321,
    encoding: 'utf8',
  });
  expect(stdout).toBe(
    `PROJECT_NOT_WRITABLE It belongs to user 0, this command runs as 54321: sudo chown -R "$(id -un)" ${dirname(path)}\n`,
  );
});

it('is waited for until a signal aborts', async () => {
  acquire();
  await expect(waitForLock(path, 'the engine', 'prepare', 60, AbortSignal.abort())).rejects.toThrow(/abort/);
});

it('can be waited for', async () => {
  const first = acquire();
  const second = waitForLock(path, 'the engine', 'prepare', 10);
  await first.release();
  await (await second).release();
});

it('is not waited for without end', async () => {
  acquire();
  await expect(waitForLock(path, 'the engine', 'prepare', 0)).rejects.toMatchObject({ code: 'ENVIRONMENT_LOCKED' });
});
