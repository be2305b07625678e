import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { docker } from './containers.ts';
import { releaseOf } from './expectations.ts';

/** The load balancer ends a connection on which nothing was said for that long. */
const idleSeconds = 6;

/** A WebSocket with what happened on it. */
function openSocket(url: string, path: string) {
  const socket = new WebSocket(`${url.replace('http:', 'ws:')}${path}`);
  const messages: string[] = [];
  const opened = performance.now();
  socket.addEventListener('message', ({ data }) => messages.push(String(data)));
  const greeting = new Promise<string>((resolve) => {
    socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
  });
  const ended = new Promise<{ code: number; reason: string; seconds: number }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) =>
      resolve({ code, reason, seconds: (performance.now() - opened) / 1000 }),
    );
  });
  return { socket, messages, greeting, ended };
}

/** All that a stream of events sent, once it has ended by itself; rejects when it is cut off. */
async function readEvents(url: string): Promise<string> {
  const response = await fetch(`${url}/events`);
  return await response.text();
}

/** An app of WebSockets and server-sent events. All that was written for the stack is its manifest. The tests build on each other in order. */
describe('an app of long-lived connections', () => {
  let checkout: Checkout;
  let url: string;
  let first: string;

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-realtime`);
    cpSync(join(import.meta.dirname, 'realtime-app'), join(checkout.directory, 'realtime-app'), { recursive: true });
    await checkout.configure('staging', {
      ...{ appDirectory: 'realtime-app', longestRequestSeconds: '3', drainDelaySeconds: '3', closeMarginSeconds: '1' },
      ...{ stopTimeoutSeconds: '9', albIdleTimeoutSeconds: String(idleSeconds) },
      ...{ databaseStatementTimeoutMs: '2000', databaseConnectTimeoutMs: '2000' },
    });
    await checkout.edit('Pulumi.staging.yaml', (text) =>
      text.replace('config:\n', 'config:\n  app:PING_SECONDS: "2"\n'),
    );
    const up = await checkout.stack('up', 'staging');
    first = releaseOf(up).version;
    url = String(up.json['url']);
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('keeps connections for as long as something is said on them, and not for longer', async () => {
    const pinged = openSocket(url, '/socket');
    const silent = openSocket(url, '/socket?silent');
    expect(await pinged.greeting).toBe(`hello ${first}`);
    await silent.ended;
    pinged.socket.send('still here');
    await expect.poll(() => pinged.messages).toContain('still here');
    pinged.socket.close();
  });

  it('ends them when their task stops, each in its own way, and clients find a new one', async () => {
    const socket = openSocket(url, '/socket');
    await socket.greeting;
    const events = readEvents(url);
    await checkout.edit('realtime-app/server.js', (text) => text.replace("'draining'", "'draining now'"));
    const up = await checkout.stack('up', 'staging');
    const second = releaseOf(up).version;
    expect(second).not.toBe(first);

    expect(await socket.ended).toMatchObject({ code: 1001, reason: 'the server is stopping' });
    const sent = await events;
    expect(sent).toMatch(new RegExp(`^event: hello\ndata: ${first}\n\n`));
    expect(sent).toMatch(/event: bye\ndata: the server is stopping\n\n$/);
    const again = openSocket(url, '/socket');
    expect(await again.greeting).toBe(`hello ${second}`);
    again.socket.close();
  });

  it('keeps the contract, as an image that was built elsewhere', async () => {
    const repository = `${checkout.instance}/staging`;
    const [newest = ''] = (await docker('image', 'ls', '--format', '{{.Tag}}', repository)).split('\n');
    const reference = `${repository}:${newest}`;
    const { exitCode, json, talk } = await checkout.stack('verify', 'staging', '--contract', '--image', reference);
    expect(exitCode, talk).toBe(0);
    expect(json['notChecked']).toEqual(
      [
        'its release command has nothing to do the second time',
        'writes to its folders only',
        'keeps its promises about the database',
        'passes its smoke test',
      ].map((name) => ({ name, why: expect.any(String) })),
    );
  });

  it('is rolled back', async () => {
    const rolled = await checkout.stack('rollback', 'staging', '--gradual', '--yes');
    expect(rolled.exitCode, rolled.talk).toBe(0);
    const { greeting, socket } = openSocket(url, '/socket');
    expect(await greeting).toBe(`hello ${first}`);
    socket.close();
  });
});
