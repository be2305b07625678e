import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { RunningApp } from './running-app.ts';

const longestMs = 8_000;

/** Sends `text` on a connection of its own and gives what comes back until the other side closes it. */
export async function exchange(
  { port }: Pick<RunningApp, 'port'>,
  text: string | Buffer,
): Promise<{ readonly answer: string; readonly afterMs: number }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const startedAt = performance.now();
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(text);
  await Promise.race([once(socket, 'close'), sleep(longestMs)]);
  return { answer, afterMs: performance.now() - startedAt };
}
