import { onTestFinished } from 'vitest';
import { type Variables, withClient } from './running-app.ts';

/** Makes every request to todos wait, as a slow statement would, until `release` is called. */
export async function holdTodos(database: Variables): Promise<{ release: () => Promise<void> }> {
  const released = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = withClient(database, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE todos IN ACCESS EXCLUSIVE MODE');
    locked.resolve();
    await released.promise;
    await client.query('ROLLBACK');
  });
  await locked.promise;
  const release = async () => {
    released.resolve();
    await holding;
  };
  onTestFinished(release);
  return { release };
}
