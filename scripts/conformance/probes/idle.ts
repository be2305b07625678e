import type { Socket } from 'node:net';
import { type Process, type Serving, servingOf } from '../../../infra/manifest/app.ts';
import { anyTask, type Trial } from '../trial.ts';

/** How much longer than the load balancer is waited. */
const marginSeconds = 1;

/**
 * Opens one connection to a task of each process that serves, sends one request, and leaves it alone for longer than the
 * load balancer would. The promise of each says how that ended.
 */
export function watchIdleConnections(trial: Trial): ReadonlyMap<Process, Promise<string>> {
  return new Map(
    servingOf(trial.app).map((serving) => {
      const watched = watch(trial, serving);
      // Whoever asks later gets the rejection.
      watched.catch(() => undefined);
      return [serving.name, watched];
    }),
  );
}

async function watch(trial: Trial, { name, http }: Serving): Promise<string> {
  const { address } = await anyTask(trial, name);
  const socket = await trial.observer.connect(address, http.port);
  const { idleTimeoutSeconds } = trial.contract;
  try {
    const ended = await leaveAlone(socket, http.liveness, (idleTimeoutSeconds + marginSeconds) * 1000, trial.signal);
    const loadBalancer = `the load balancer keeps one for ${idleTimeoutSeconds} s`;
    if (ended.closes) throw new Error(`it answers with Connection: close, and ${loadBalancer}`);
    if (ended.announced !== undefined && ended.announced <= idleTimeoutSeconds)
      throw new Error(`it announces Keep-Alive: timeout=${ended.announced}, and ${loadBalancer}`);
    if (ended.afterSeconds !== undefined)
      throw new Error(`it closed an idle connection after ${ended.afterSeconds.toFixed(1)} s, and ${loadBalancer}`);
    return `one was still open after ${idleTimeoutSeconds + marginSeconds} s; ${loadBalancer}`;
  } finally {
    socket.destroy();
  }
}

interface IdleEnd {
  /** Since the last byte of the answer. Absent: it was still open in the end. */
  readonly afterSeconds?: number;
  readonly closes: boolean;
  /** What its header Keep-Alive says. */
  readonly announced?: number;
}

function leaveAlone(socket: Socket, path: string, waitMs: number, signal: AbortSignal): Promise<IdleEnd> {
  return new Promise((resolve, reject) => {
    let head = '';
    let quietSince = performance.now();
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      const announced = /^keep-alive:.*\btimeout=(\d+)/im.exec(head)?.[1];
      resolve({
        closes: /^connection:\s*close/im.test(head),
        ...(announced === undefined ? {} : { announced: Number(announced) }),
        ...(closed ? { afterSeconds: (performance.now() - quietSince) / 1000 } : {}),
      });
    };
    const timer = setTimeout(finish, waitMs, false);
    socket.on('data', (data: Buffer) => {
      head += data.toString('latin1');
      quietSince = performance.now();
      // What it says of itself is enough to know that it is too short.
      const announced = /^keep-alive:.*\btimeout=(\d+)/im.exec(head)?.[1];
      if (announced !== undefined && Number(announced) * 1000 <= waitMs - marginSeconds * 1000) finish(false);
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => finish(true));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: stack\r\nConnection: keep-alive\r\n\r\n`);
  });
}
