import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Runs the program as its container does, with an engine that answers with these statuses in turn. */
async function run(cron: string, statuses: readonly number[]) {
  const folder = mkdtempSync(join(tmpdir(), 'scheduler-'));
  const socketPath = join(folder, 'engine.sock');
  const asked: string[] = [];
  const engine = createServer(({ method, url }, response) => {
    response.writeHead(statuses[asked.length] ?? 204).end();
    asked.push(`${method} ${url}`);
  });
  engine.listen(socketPath);
  await once(engine, 'listening');
  copyFileSync(join(import.meta.dirname, 'scheduler.mjs'), join(folder, 'scheduler.mjs'));
  copyFileSync(fileURLToPath(import.meta.resolve('croner')), join(folder, 'croner.mjs'));
  const schedules = [{ name: 'nightly', container: 'shop-nightly-1', cron, timeZone: 'Europe/Berlin' }];
  writeFileSync(join(folder, 'schedules.json'), JSON.stringify({ schedules, socketPath }));
  const child = spawn(process.execPath, [join(folder, 'scheduler.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(() => {
    child.kill('SIGKILL');
    engine.close();
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { asked, child, said: () => text };
}

it('starts the container at each time, and says what became of it', async () => {
  // A sixth field in front: each second.
  const { asked, said, child } = await run('* * * * * *', [204, 304, 404]);

  await expect.poll(() => asked.length, { timeout: 15_000 }).toBeGreaterThan(3);
  expect(new Set(asked)).toEqual(new Set(['POST /containers/shop-nightly-1/start']));
  await expect.poll(said, { timeout: 5000 }).toContain('not started: 404');
  expect(said()).toContain('"name":"nightly","msg":"started"');
  expect(said()).toContain('still running: not started again');

  child.kill('SIGTERM');
  await expect(once(child, 'exit')).resolves.toEqual([0, null]);
});

it('starts nothing at another time', async () => {
  const { asked, said } = await run('0 0 29 2 *', []);

  await expect.poll(said, { timeout: 15_000 }).toContain('scheduling');
  expect(asked).toEqual([]);
});
