import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

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

describe('a health check behind a load balancer', () => {
  it("is the container's program with the path of the target group", () => {
    expect(check().test[1]).toMatch(/^'node' 'dist\/healthcheck.js' '\/ready' \|\| exit 1;/);
  });

  it('tolerates failures for as long as the target group does', () => {
    expect(check()).toMatchObject({ interval: '1s', retries: 30 });
    const healthCheck = { path: '/ready', interval: 10, timeout: 5, unhealthyThreshold: 2, healthyThreshold: 2 };
    expect(check({ targetGroup: { healthCheck } })).toMatchObject({ interval: '1s', retries: 20 });
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
    expect(own).toMatchObject({ interval: '1s', retries: 30, start_period: '20s' });
    expect(own.test[1]).toMatch(/^'node' 'it'\\''s fine' \|\| exit 1;/);
  });
});

/** As the container's shell runs it, with a folder of this machine's in the place of the marker's. */
function run(command: string, marker: string): { status: number | null; seconds: number } {
  const timing = { timeoutSeconds: 1, intervalSeconds: 2, retries: 1, graceSeconds: 0 };
  const [, script = ''] = gatingCheck(command, timing).test;
  const startedAt = performance.now();
  const { status } = spawnSync('/bin/sh', ['-c', script.replaceAll('/dev/shm/.passed-its-check', marker)]);
  return { status, seconds: (performance.now() - startedAt) / 1000 };
}

describe('the pace of a check', () => {
  const marker = () => execFileSync('mktemp', ['-u'], { encoding: 'utf8' }).trim();

  it('reports the first pass at once, and rests after each later one', () => {
    const file = marker();
    const [first, second] = [run('true', file), run('true', file)];
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.seconds).toBeLessThan(0.9);
    expect(second.seconds).toBeGreaterThanOrEqual(1);
  });

  it('reports a failure at once, before and after it has passed', () => {
    const file = marker();
    const before = run('false', file);
    run('true', file);
    const after = run('false', file);
    expect([before.status, after.status]).toEqual([1, 1]);
    expect(Math.max(before.seconds, after.seconds)).toBeLessThan(0.9);
  });

  it('passes where it cannot leave its mark', () => {
    expect(run('true', '/no/such/folder/marker').status).toBe(0);
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
