import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';

import { choosePort, isFreePort } from './port.ts';

const choose = (choice: Partial<Parameters<typeof choosePort>[0]>) =>
  choosePort({ position: 0, asked: undefined, current: undefined, isFree: async () => true, ...choice });

describe('the port', () => {
  it.each([
    [0, 8080],
    [1, 8081],
    [2, 8082],
  ])('of the environment at %i in the chain is %i', async (position, port) => {
    expect(await choose({ position })).toBe(port);
  });

  it('is the next free one where the own one is taken', async () => {
    expect(await choose({ isFree: async (port) => port > 8082 })).toBe(8083);
  });

  it('stays what it is', async () => {
    expect(await choose({ current: 8099, isFree: async () => false })).toBe(8099);
  });

  it('is what was asked for, if it is free or ours', async () => {
    expect(await choose({ asked: 9000, current: 8080 })).toBe(9000);
    expect(await choose({ asked: 9000, current: 9000, isFree: async () => false })).toBe(9000);
  });

  it('is refused if it was asked for and is taken', async () => {
    await expect(choose({ asked: 9000, isFree: async () => false })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  it('is not looked for without end', async () => {
    await expect(choose({ isFree: async () => false })).rejects.toMatchObject({ code: 'NO_FREE_PORT' });
  });
});

it.each(['127.0.0.1', '0.0.0.0'])('a port on which somebody listens at %s is not free', async (host) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await isFreePort(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFreePort(port)).toBe(true);
});
