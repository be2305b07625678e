import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ofType } from '../../../infra/graph/query.ts';
import { type ExampleChanges, exampleGraph } from '../testing/example-graph.ts';
import { parseEcsService } from './ecs-service.ts';
import { gatingCheck, translateHealthCheck } from './health-check.ts';

function check(changes: ExampleChanges = {}) {
  const graph = exampleGraph(changes);
  const [service] = ofType(graph, 'aws:ecs/service:Service');
  if (service === undefined) throw new Error('no service');
  const translated = translateHealthCheck(parseEcsService(graph, service));
  if ('disable' in translated) throw new Error('no health check');
  return translated;
}

/** A script of a stack file as a shell gets it, with a file of this machine's in the place of the container's. */
function withMarker(script: string, marker: string): string {
  return script.replaceAll('$$', '$').replaceAll('/dev/shm/.passed-its-check', marker);
}

/** How a shell calls the program of a check, in a container in which somebody listens. */
function programOf(script = ''): readonly string[] {
  const programs = mkdtempSync(join(tmpdir(), 'check-'));
  try {
    writeFileSync(join(programs, 'node'), '#!/bin/sh\nprintf "%s\\n" node "$@"\n', { mode: 0o755 });
    writeFileSync(join(programs, 'grep'), '#!/bin/sh\n', { mode: 0o755 });
    const env = { PATH: `${programs}:/usr/bin:/bin` };
    const here = withMarker(script, join(programs, 'marker'));
    const { stdout } = spawnSync('/bin/sh', ['-c', here], { encoding: 'utf8', env });
    return stdout.trimEnd().split('\n');
  } finally {
    rmSync(programs, { recursive: true });
  }
}

describe('a health check behind a load balancer', () => {
  it("is the container's program with the path of the target group", () => {
    expect(programOf(check().test[1])).toEqual(['node', 'dist/healthcheck.js', '/ready']);
  });

  it('tolerates failures for as long as the target group does', () => {
    expect(check()).toMatchObject({ interval: '200ms', retries: 30 });
    const healthCheck = { path: '/ready', interval: 10, timeout: 5, unhealthyThreshold: 2, healthyThreshold: 2 };
    expect(check({ targetGroup: { healthCheck } })).toMatchObject({ interval: '200ms', retries: 20 });
  });

  it('gives up a start when the grace period ends, as ECS does', () => {
    // 75 s of grace end with the 30 s of failures that are counted.
    expect(check().start_period).toBe('45s');
    expect(check({ service: { healthCheckGracePeriodSeconds: 20 } }).start_period).toBe('0s');
  });

  it('refuses a command whose path it cannot replace', () => {
    const healthCheck = {
      command: ['CMD-SHELL', 'curl -f http://localhost/health'],
      interval: 10,
      timeout: 5,
      retries: 3,
    };
    expect(() => check({ container: { healthCheck } })).toThrow(/curl/);
  });
});

describe('a health check without a load balancer', () => {
  it("is the container's own", () => {
    const healthCheck = {
      command: ['CMD', 'node', "it's fine"],
      interval: 10,
      timeout: 5,
      retries: 3,
      startPeriod: 20,
    };
    const own = check({ service: { loadBalancers: undefined }, container: { healthCheck } });
    expect(own).toMatchObject({ interval: '200ms', retries: 30, start_period: '20s' });
    expect(programOf(own.test[1])).toEqual(['node', "it's fine"]);
  });
});

/** As the container's shell runs it, with a folder of this machine's in the place of the marker's, and a short rest. */
function run(command: string, marker: string, port?: number, path = process.env['PATH']) {
  const timing = { timeoutSeconds: 2, intervalSeconds: 2, retries: 1, graceSeconds: 0 };
  const [, script = ''] = gatingCheck(command, timing, port).test;
  const here = withMarker(script, marker);
  const startedAt = performance.now();
  const options = { encoding: 'utf8', env: { ...process.env, PATH: path } } as const;
  const { status, stdout } = spawnSync('/bin/sh', ['-c', here.replace('sleep 20', 'sleep 2')], options);
  return { status, stdout, seconds: (performance.now() - startedAt) / 1000 };
}

describe('the pace of a check', () => {
  const marker = () => execFileSync('mktemp', ['-u'], { encoding: 'utf8' }).trim();

  it('reports the first pass at once, and rests before each later check', () => {
    const file = marker();
    const [first, second] = [run('true', file), run('true', file)];
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.seconds).toBeLessThan(2);
    expect(second.seconds).toBeGreaterThanOrEqual(2);
  });

  it('does not rest after a failure', () => {
    const file = marker();
    run('true', file);
    const [first, second] = [run('false', file), run('false', file)];
    expect([first.status, second.status]).toEqual([1, 1]);
    expect(first.seconds).toBeGreaterThanOrEqual(2);
    expect(second.seconds).toBeLessThan(2);
  });

  it('waits after a failure for what is left of the second', () => {
    const programs = mkdtempSync(join(tmpdir(), 'sleep-'));
    try {
      writeFileSync(join(programs, 'sleep'), '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
      const restAfter = (command: string) =>
        Number(run(command, marker(), undefined, `${programs}:/usr/bin:/bin`).stdout.trim() || 0);
      expect(restAfter('false')).toBeLessThanOrEqual(0.8);
      expect(restAfter('/bin/sleep 0.5; false')).toBeLessThanOrEqual(0.3);
      expect(restAfter('/bin/sleep 1; false')).toBe(0);
    } finally {
      rmSync(programs, { recursive: true });
    }
  });

  it('ends a program that hangs, and does not rest after it', () => {
    const file = marker();
    expect(run('sleep 30', file)).toMatchObject({ status: 1, seconds: expect.closeTo(2.8, -1) });
  });

  it('passes where it cannot leave its mark', () => {
    expect(run('true', '/no/such/folder/marker').status).toBe(0);
  });
});

describe('a check of a port', () => {
  const marker = () => execFileSync('mktemp', ['-u'], { encoding: 'utf8' }).trim();
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());

  it('starts the program only once somebody listens', async () => {
    expect(run('echo started', marker(), port)).toMatchObject({ status: 0, stdout: 'started\n' });
    await new Promise((resolve) => server.close(resolve));
    expect(run('echo started', marker(), port)).toMatchObject({
      status: 1,
      stdout: `nothing listens on port ${port}\n`,
    });
  });
});

describe('a service in the background without a health check', () => {
  it('counts as ready while its process runs, whatever check its image has', () => {
    const graph = exampleGraph({ service: { loadBalancers: undefined }, container: { healthCheck: undefined } });
    const [service] = ofType(graph, 'aws:ecs/service:Service');
    if (service === undefined) throw new Error('no service');

    expect(translateHealthCheck(parseEcsService(graph, service))).toEqual({ disable: true });
  });
});
