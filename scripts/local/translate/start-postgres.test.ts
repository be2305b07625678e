import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startPostgres } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-postgres-'));
const volume = join(folder, 'volume');
const programs = join(folder, 'bin');
mkdirSync(volume);
mkdirSync(programs);
writeFileSync(join(folder, 'password'), 'secret');

/** In the place of the real programs, which take a second for the same. */
function program(name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(programs, name), 0o755);
}
program('initdb', `mkdir -p "${volume}/17.new"; echo 17 > "${volume}/17.new/PG_VERSION"`);
program('postgres', 'if [ "$1" = --single ]; then cat > /dev/null; else echo serving; exec sleep 60; fi');

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** As a container starts it: what is in its own file system is kept when it is restarted. */
function start(container: string) {
  const script = startPostgres
    .replaceAll('/tmp/started', join(folder, container))
    .replaceAll('/run/secrets/password', join(folder, 'password'))
    .replaceAll('/var/lib/postgresql/data', volume);
  const child = spawn('/bin/sh', ['-c', script], {
    env: {
      PATH: `${programs}:${process.env['PATH']}`,
      DATA: join(volume, '17'),
      DATABASE_NAME: 'app',
      DATABASE_USER: 'postgres',
      CONNECTION_TYPE: 'hostssl',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const serves = once(child.stdout, 'data').then(() => 'serving');
  return { child, serves, ends: once(child, 'close'), errors: text(child.stderr) };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 1_000, 'waiting'));

describe.runIf(process.platform === 'linux')('the start of Postgres', () => {
  it('waits while the server of another container has the data folder', async () => {
    const first = start('first');
    expect(await first.serves).toBe('serving');
    const second = start('second');
    expect(await Promise.race([second.serves, soon()])).toBe('waiting');

    first.child.kill('SIGKILL');
    expect(await second.serves).toBe('serving');
  });

  it('refuses in a container that was restarted by hand', async () => {
    const first = start('third');
    await first.serves;
    first.child.kill('SIGKILL');
    await first.ends;

    const again = start('third');
    expect(await again.ends).toEqual([1, null]);
    expect(await again.errors).toMatch(/^This container was restarted by hand\./);
  });
});
