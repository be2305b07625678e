import type { Target } from './target.ts';

/** Runs `change` under the environment's lock, which is released however it ends. */
export async function withLock<Result>(
  target: Target,
  environment: string,
  purpose: string,
  change: () => Promise<Result>,
): Promise<Result> {
  const lock = await target.lock(environment, purpose);
  let result: Result;
  try {
    result = await change();
  } catch (error) {
    // The error of the change matters more than that of a lock that could not be released after it.
    await lock.release().catch(() => undefined);
    throw error;
  }
  await lock.release();
  return result;
}
