import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { UserError } from '../../messages/user-error.ts';
import type { ForwardRequest, Tunnel } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { runningContainer } from './containers.ts';

/**
 * Connects its streams to a port of the container that it runs in. Docker publishes no port of a running container, and on
 * some machines no address of one is reachable.
 */
const connector =
  "const s=require('net').connect(Number(process.argv[1]),process.argv[2]);" +
  "s.on('error',e=>{console.error(e.message);process.exit(1)});process.stdin.pipe(s).pipe(process.stdout)";

/**
 * A port of this machine that leads to one of a running task, or through the task to another host. Needs `node` in the image, as the health check does.
 */
export async function forwardToTask(
  docker: Docker,
  place: Place,
  { process: asked, port, localPort }: ForwardRequest,
  host = '127.0.0.1',
): Promise<Tunnel> {
  const { containerId } = await runningContainer(docker, place, asked, 'to forward to');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const child = spawn(
      docker.executable,
      ['exec', '--interactive', containerId, 'node', '-e', connector, String(port), host],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    );
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    // Not when the process has ended: its last bytes may still be in the pipe.
    for (const stream of [socket, child, child.stdin, child.stdout]) stream.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      child.kill();
    });
  });
  await listen(server, localPort);
  const address = server.address();
  const ended = new Promise<void>((resolve, reject) => {
    server.on('close', resolve);
    server.on('error', reject);
  });
  return {
    localPort: typeof address === 'object' && address !== null ? address.port : localPort,
    ended,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(taken(port, error)));
    server.listen(port, '127.0.0.1', resolve);
  });
}

function taken(port: number, cause: Error): UserError {
  return new UserError({
    code: 'LOCAL_PORT_TAKEN',
    message: `Port ${port} of this machine cannot be used: ${cause.message}.`,
    remedy: 'Choose another one with --local-port.',
    cause,
  });
}
