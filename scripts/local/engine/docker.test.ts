import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { userErrorOf } from '../../messages/known-error.ts';
import { createDocker } from './docker.ts';

/** In the place of the client: says what its environment is. */
const executable = join(mkdtempSync(join(tmpdir(), 'docker-')), 'docker');
writeFileSync(executable, '#!/bin/sh\nenv\n');
chmodSync(executable, 0o755);

afterEach(() => {
  vi.unstubAllEnvs();
});

it('tells the client where the engine is, and not to build or run for something else', async () => {
  vi.stubEnv('DOCKER_DEFAULT_PLATFORM', 'linux/s390x');
  vi.stubEnv('DOCKER_API_VERSION', '1.12');
  vi.stubEnv('DOCKER_CONTENT_TRUST', '1');
  vi.stubEnv('DOCKER_HOST', 'unix:///own.sock');
  const environment = await createDocker(executable, '/own.sock').run([], { variables: { STACK_SECRET_X: 'x' } });

  expect(
    environment
      .split('\n')
      .filter((line) => /^(DOCKER|STACK_SECRET)_/.test(line))
      .toSorted(),
  ).toEqual(['DOCKER_HOST=unix:///own.sock', 'STACK_SECRET_X=x']);
});

it('reports a command that Docker refuses in Docker’s words, and a client that cannot be started by its name', async () => {
  const refusing = join(mkdtempSync(join(tmpdir(), 'docker-')), 'docker');
  writeFileSync(
    refusing,
    '#!/bin/sh\necho creating\necho "Error response from daemon: all address pools are in use" >&2\nexit 1\n',
  );
  chmodSync(refusing, 0o755);
  expect(userErrorOf(await thrown(createDocker(refusing, '/own.sock').run(['network', 'create', 'x'])))).toMatchObject({
    code: 'DOCKER_FAILED',
    message: '`docker network create` failed with exit code 1: all address pools are in use',
  });
  expect(userErrorOf(await thrown(createDocker('/no/docker', '/own.sock').run(['ps'])))).toMatchObject({
    message: 'docker is not installed, or not on the PATH.',
  });
});

const thrown = (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );
