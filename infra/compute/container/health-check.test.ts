import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleApp } from '../../testing/example-app.ts';
import { healthCheckProgram } from './health-check.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/cut') return void request.socket.destroy();
    response.writeHead(request.url === '/well' ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

/** Runs the check that the container of an app without one gets. */
async function exitCodeFor(path: string): Promise<number> {
  const { api } = exampleApp.processes;
  const app = { ...exampleApp, processes: { api: { ...api, http: { ...api.http, port } } } };
  const [program = '', ...parameters] = healthCheckProgram(app, 'api') ?? [];
  return await new Promise((resolve) => {
    execFile(program, [...parameters, path], (error) => resolve(error === null ? 0 : Number(error.code)));
  });
}

describe('the stack’s own health check', () => {
  it.each([
    ['/well', 0],
    ['/unwell', 1],
    ['/cut', 1],
  ])('of %s ends with %i', async (path, code) => {
    expect(await exitCodeFor(path)).toBe(code);
  });
});
