import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';

const about = { name: 'hello', version: '1.0.0', private: true };
const files: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ ...about, scripts: { start: 'node server.js' } }),
  'package-lock.json': JSON.stringify({ ...about, lockfileVersion: 3, requires: true, packages: { '': about } }),
  'server.js': `const { createServer } = require('node:http');
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ hello: 'world' }));
});
server.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', () => server.close());
`,
};

let checkout: Checkout;
beforeAll(async () => {
  checkout = await createCheckout(`t${process.pid}-init`);
  mkdirSync(join(checkout.directory, 'hello'));
  for (const [file, text] of Object.entries(files)) await checkout.write(`hello/${file}`, text);
});
afterAll(async () => {
  await checkout.stack('down', 'staging');
  checkout.remove();
});

it('an app without manifest and Dockerfile comes up, verified, with what init writes and nothing else', async () => {
  const init = await checkout.stack('init', 'hello', '--yes');
  expect(init.exitCode, init.talk).toBe(0);
  expect(init.json['manifest']).toBe('hello/stack.app.mts');
  // What it could not see, and says so: the app has one answer for every path.
  expect(init.json['checks']).toEqual(['processes.api.http.liveness: not visible in the code: a guess']);

  const up = await checkout.stack('up', 'staging');
  expect(up.exitCode, up.talk).toBe(0);
  expect(up.json).toMatchObject({ changed: true, unverified: null });
  expect(await (await fetch(`${up.json['url']}/`)).json()).toEqual({ hello: 'world' });
  expect((await checkout.stack('init', 'hello', '--yes')).json['changed']).toBe(false);
});
