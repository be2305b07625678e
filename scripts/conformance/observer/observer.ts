import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Docker } from '../../local/engine/docker.ts';

/** Where a container beside the tasks runs. */
export interface Beside {
  readonly docker: Docker;
  readonly network: string;
  /** With them, `down` finds it. */
  readonly labels: Readonly<Record<string, string>>;
  /** An image with Node.js. */
  readonly image: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Reaches each task of the environment by its own address, without the load balancer. */
export interface Observer {
  /** Rejects with the code of the error where nobody listens. */
  connect(address: string, port: number): Promise<Socket>;
  get(address: string, port: number, path: string, timeoutMs?: number): Promise<Answer>;
}

const relayPort = 7000;
const startSeconds = 20;
const requestTimeoutMs = 5000;

export function besideArguments({ network, labels }: Omit<Beside, 'docker' | 'image'>, name: string): string[] {
  const flags = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  return ['run', '--detach', '--name', name, '--network', network, '--init', '--memory', '128m', ...flags];
}

export async function startObserver(beside: Beside, name: string): Promise<Observer> {
  const { docker, image } = beside;
  const program = readFileSync(join(import.meta.dirname, 'relay.cjs'), 'utf8');
  const publish = ['--publish', `127.0.0.1::${relayPort}`];
  await docker.run([...besideArguments(beside, name), ...publish, image, 'node', '-e', program]);
  await awaitLine(docker, name, 'listening');
  const published = await docker.run(['port', name, `${relayPort}/tcp`]);
  const port = Number(published.split('\n')[0]?.split(':').at(-1));
  const connectTo = (address: string, target: number) => throughRelay(port, address, target);
  return {
    connect: connectTo,
    get: async (address, target, path, timeoutMs = requestTimeoutMs) =>
      await exchange(await connectTo(address, target), path, timeoutMs),
  };
}

/** Until a container has written the line. */
export async function awaitLine(docker: Docker, name: string, line: string): Promise<void> {
  const deadline = performance.now() + startSeconds * 1000;
  for (;;) {
    const { stdout, stderr } = await docker.attempt(['logs', name]);
    if (stdout.split('\n').includes(line)) return;
    if (performance.now() > deadline) throw new Error(`${name} did not start: ${stdout}${stderr}`);
    await pause(100);
  }
}

function throughRelay(port: number, address: string, target: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${address} ${target}\n`));
    let head = '';
    const read = (data: Buffer) => {
      head += data.toString('latin1');
      const end = head.indexOf('\n');
      if (end < 0) return;
      socket.off('data', read);
      const answer = head.slice(0, end);
      if (answer === 'ok') resolve(socket);
      else reject(new Error(`nobody answers on port ${target}: ${answer}`));
    };
    socket.on('data', read);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the connection to port ${target} ended at once`)));
  });
}

function exchange(socket: Socket, path: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { createConnection: () => socket, path, headers: { host: 'stack', connection: 'close' } },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
          socket.destroy();
        });
        response.on('error', reject);
      },
    );
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on('error', reject);
    sent.end();
  });
}
