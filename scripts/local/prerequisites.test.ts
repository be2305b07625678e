import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPrerequisites } from '../release/prerequisites.ts';
import type { LocalOptions } from './apply/work.ts';
import type { EngineState } from './engine/engine.ts';
import { localPrerequisites } from './prerequisites.ts';

const stopped = { state: 'stopped', answer: 'connect ENOENT /nope.sock.' } as EngineState;

function optionsWith(found: EngineState, more: Partial<LocalOptions> = {}): LocalOptions {
  const find = async () => found;
  return { find, dockerExecutable: undefined, baseSource: undefined, caFile: undefined, port: undefined, ...more };
}

function place(environment: string) {
  const projectDirectory = mkdtempSync(join(tmpdir(), 'prerequisites-'));
  writeFileSync(join(projectDirectory, 'Pulumi.yaml'), 'name: shop\nruntime: nodejs\n');
  writeFileSync(join(projectDirectory, 'Pulumi.staging.yaml'), 'config: {}\n');
  writeFileSync(join(projectDirectory, 'Pulumi.prod.yaml'), 'config:\n  shop:promoteFrom: staging\n');
  return { projectDirectory, instance: 'example', environment };
}

async function checked(name: string, environment: string, options: LocalOptions) {
  const all = await checkPrerequisites(localPrerequisites(place(environment), options));
  return all.find((prerequisite) => prerequisite.name === name);
}

describe('prerequisites of target local', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(port: number): Promise<number> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  it('print the values that they found', async () => {
    const all = await checkPrerequisites(localPrerequisites(place('staging'), optionsWith(stopped)));
    expect(all.find(({ name }) => name === 'disk space')?.value).toMatch(/^\d+\.\d GB free in \//);
    expect(all.find(({ name }) => name === 'memory')?.value).toMatch(/^\d+\.\d GB available$/);
    expect(all.find(({ name }) => name === 'project folder')?.value).toMatch(/\.stack is writable$/);
  });

  it.each([stopped, { state: 'no-buildkit', executable: 'docker', version: '28' } as EngineState])(
    'do not take an engine for there that DOCKER_HOST or DOCKER_CONTEXT names and that does not answer (%j)',
    async (found) => {
      const chosen = optionsWith(found, { chosenEngine: 'DOCKER_HOST=unix:///nope.sock' });
      expect(await checked('Docker engine with BuildKit', 'staging', chosen)).toMatchObject({
        outcome: 'unmet',
        reason: expect.stringMatching(/^No usable Docker engine answers at DOCKER_HOST=unix:\/\/\/nope\.sock/),
        remedy: "Start that engine, or use this machine's own: unset DOCKER_HOST.",
      });
    },
  );

  it('say nothing about names on an engine that does not answer', async () => {
    expect(await checked('instance name', 'staging', optionsWith(stopped))).toMatchObject({ outcome: 'unknown' });
  });

  it('refuse a port that another program has, where it was asked for', async () => {
    const port = await listen(0);
    expect(await checked('port', 'staging', optionsWith(stopped, { port }))).toMatchObject({
      outcome: 'unmet',
      reason: `Port ${port} is taken by another program.`,
    });
  });

  it('say which port up would take, and that another program has its own', async () => {
    // Of an environment that is neither staging nor prod, whose ports this machine may use.
    await listen(8082).catch(() => undefined);
    const { outcome, value } = (await checked('port', 'qa', optionsWith(stopped))) ?? {};
    expect(outcome).toBe('met');
    expect(value).toMatch(/^\d+ is free \(another program has 8082/);
  });
});
