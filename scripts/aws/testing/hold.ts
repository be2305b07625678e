import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Names the file that, while it exists, keeps the provider from ending the creation of a service. */
export const holdVariable = 'STACK_TEST_HOLD';

const longestMs = 120_000;

/** However fast a service gets steady, a test has the time to kill the engine meanwhile. */
export async function awaitRelease(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: the engine starts the provider, and hands it nothing else.
  const { [holdVariable]: file } = process.env;
  const end = Date.now() + longestMs;
  while (file !== undefined && existsSync(file) && Date.now() < end) await sleep(100);
}
