import { expect, it } from 'vitest';
import { inspectEngine, requireReady } from './engine.ts';

it('names the client that was asked for and cannot be run, and offers to install none', async () => {
  const found = await inspectEngine({ executable: '/no/docker' });
  expect(() => requireReady(found)).toThrow(
    expect.objectContaining({
      code: 'DOCKER_MISSING',
      message: 'STACK_DOCKER names /no/docker, which is no Docker client that can be run.',
      remedy: 'Correct STACK_DOCKER, or unset it to use the client on the PATH.',
    }),
  );
});
