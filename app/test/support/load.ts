import { onTestFinished } from 'vitest';

interface Load {
  /** Resolves when so many more were asked. */
  asked(count: number): Promise<void>;
  /** Ends it and tells how it went. */
  stop(): Promise<{ readonly asked: number; readonly failed: number }>;
}

/** Asks again and again, `width` at a time, until it is stopped. `false`, or a rejection, is a failure. */
export function keepAsking(width: number, ask: (number: number) => Promise<boolean>): Load {
  const figures = { asked: 0, failed: 0 };
  let stopped = false;
  const askAgain = async () => {
    while (!stopped) {
      figures.asked += 1;
      if (!(await ask(figures.asked).catch(() => false))) {
        figures.failed += 1;
      }
    }
  };
  const all = Promise.all(Array.from({ length: width }, askAgain));
  const stop = async () => {
    stopped = true;
    await all;
    return figures;
  };
  onTestFinished(async () => {
    await stop();
  });
  return {
    stop,
    async asked(count) {
      const enough = figures.asked + count;
      while (figures.asked < enough) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
