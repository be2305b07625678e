import { DevCopy } from '../app/test/support/dev-copy.ts';
import type { Row } from './table.ts';

const repeats = 7;
/** As long as a person who saves every few seconds lets it rest. */
const pauseMs = 4_000;

/** `npm run dev`: from saving a file until the change is served. */
export async function benchDev(): Promise<Row[]> {
  const dev = await DevCopy.start();
  try {
    await dev.says(/Ready after/);
    const seconds: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      seconds.push(await dev.save('src/main.ts', (text) => `${text}// revision ${repeat}\n`));
    }
    await dev.interrupt();
    return [
      {
        name: 'npm run dev: saved to served',
        unit: 's',
        ours: seconds,
        target: { atMost: 1.5 },
      },
    ];
  } finally {
    dev.remove();
  }
}
