import { writeSync } from 'node:fs';

const showCursor = '\u001b[?25h';
const interruptedExitCode = 130;
/** `npm run` forwards a Ctrl-C to a process that got it from the terminal already: one interruption, not two. */
const sameInterruptionMilliseconds = 300;

type SignalSource = Pick<NodeJS.Process, 'on' | 'exit'>;

/**
 * The first Ctrl-C (or a CI job's cancellation) aborts the signal: the command undoes or finishes what it must and
 * ends with 130. A second one ends the process at once; the next command finds in the ledger what that left open.
 */
export function interruptionOf(
  source: SignalSource,
  now: () => number = () => performance.now(),
  // Past the streams: a live renderer may hold them back, and has hidden the cursor.
  write: (text: string) => void = (text) => void writeSync(2, text),
): AbortSignal {
  const interruption = new AbortController();
  let firstAt = 0;
  const interrupt = () => {
    if (!interruption.signal.aborted) {
      firstAt = now();
      interruption.abort();
    } else if (now() - firstAt > sameInterruptionMilliseconds) {
      write(`${showCursor}\nEnded at once. The next command finds what this one left, and finishes or undoes it.\n`);
      source.exit(interruptedExitCode);
    }
  };
  source.on('SIGINT', interrupt);
  source.on('SIGTERM', interrupt);
  return interruption.signal;
}
