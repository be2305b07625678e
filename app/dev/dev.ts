import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from './postgres-server.ts';
import { Session } from './session.ts';

/*
 * `npm run dev [-- --port 3000]`: the API and the worker on this machine, with a Postgres and a Valkey of their own, served
 * again after each change. Ctrl-C removes all of it.
 */
const usualPort = 3_000;
/** Where a debugger looks first. */
const usualInspectPort = 9_229;

const port = requestedPort();
/** What runs in between hears of a signal first, and may fail by it. */
const signalDelayMs = 100;
let isInterrupted = false;
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      resolve();
    });
  }
});
const directory = mkdtempSync(join(tmpdir(), 'todo-dev-'));
// As root, Postgres runs as somebody else, who must get through to his own folder.
chmodSync(directory, 0o711);
// Whatever is written, also by what fails or is cut off, goes with this folder.
// biome-ignore lint/style/noProcessEnv: os.tmpdir() reads it there.
process.env['TMPDIR'] = directory;
const session = new Session({
  app: dirname(import.meta.dirname),
  directory,
  ports: {
    api: port ?? (await usualOrFree(usualPort)),
    inspectApi: await usualOrFree(usualInspectPort),
    inspectWorker: await usualOrFree(usualInspectPort + 1),
  },
  write: (text) => void process.stdout.write(text),
});
const started = session.start();
try {
  await Promise.race([started.then(() => interrupted, failUnlessInterrupted), interrupted]);
} finally {
  await session.close();
  // What was being started meanwhile is there now; that it failed, interrupted, is no news.
  await started.catch(() => undefined);
  await session.close();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);

async function failUnlessInterrupted(error: unknown): Promise<void> {
  await sleep(signalDelayMs);
  // On a busy machine the timer may be due before the loop has looked for signals, which it does before the next turn.
  await nextTurn();
  if (!isInterrupted) {
    throw error;
  }
}

function requestedPort(): number | undefined {
  const { values } = parseArgs({ options: { port: { type: 'string' } } });
  if (values.port === undefined) {
    return undefined;
  }
  const requested = Number(values.port);
  if (!Number.isInteger(requested) || requested < 1 || requested > 65_535) {
    process.stderr.write(`--port cannot be ${values.port}: give a port from 1 to 65535.\n`);
    process.exit(2);
  }
  return requested;
}

async function usualOrFree(usual: number): Promise<number> {
  const server = createServer();
  const listening = once(server.listen(usual, '127.0.0.1'), 'listening').then(
    () => true,
    () => false,
  );
  const isFree = await listening;
  server.close();
  return isFree ? usual : freePort();
}
