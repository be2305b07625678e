import { type App, listenerOf, type Process } from '../../manifest/app.ts';

/**
 * Program in the image that ends with 0 when a path, its last argument, answers 200: the app's own, or the stack's, which
 * needs Node. `undefined` for a process that does not listen.
 */
export function healthCheckProgram(app: App, process: Process): readonly string[] | undefined {
  const listener = listenerOf(app, process);
  if (listener === undefined) return undefined;
  return app.processes[process]?.healthCheck ?? ['node', '-e', requestFrom(listener.port)];
}

/** A request as the load balancer sends it, from inside of the container. Node is there, other programs may not be. */
function requestFrom(port: number): string {
  return `const path = process.argv[1];
require('node:http').get({ host: '127.0.0.1', port: ${port}, path }, ({ statusCode }) => {
  console.log(path, statusCode);
  process.exit(statusCode === 200 ? 0 : 1);
}).on('error', ({ message }) => {
  console.log(path, message);
  process.exit(1);
});`;
}
