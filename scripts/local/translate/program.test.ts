import { describe, expect, it } from 'vitest';

import { evaluate } from '../../../infra/graph/evaluate.ts';
import { fixtureProject } from '../../../infra/testing/graph-of.ts';
import { exampleFacts } from '../testing/example-facts.ts';
import { parseProgram } from './program.ts';
import { renderStacks } from './stacks.ts';
import { unrealised } from './unrealised.ts';

async function service(environment: string, config: Record<string, string> = {}) {
  const program = parseProgram(await evaluate(environment, { projectDirectory: fixtureProject, config }));
  const rendered = renderStacks(program, exampleFacts).services.services['api'];
  if (rendered === undefined) throw new Error('no service api');
  return rendered;
}

/** Nothing about a service is written a second time: what a stack file says is what the container gets. */
describe('the real program', () => {
  it.each(['staging', 'prod'])('is understood whole for %s', async (environment) => {
    const program = parseProgram(await evaluate(environment, { projectDirectory: fixtureProject }));
    expect(program.services.map(({ name }) => name)).toContain('api');
    expect(program).toMatchObject({
      database: { databaseName: 'app' },
      loadBalancer: { service: { name: 'api' } },
      migrations: [{ name: 'migrate' }],
    });
    expect(() => renderStacks(program, exampleFacts)).not.toThrow();
  });

  it('hands its memory setting to the container, as limit and as heap', async () => {
    const [small, large] = [
      await service('staging', { apiMemoryMiB: '512' }),
      await service('staging', { apiMemoryMiB: '1024' }),
    ];
    expect([small, large].map(({ deploy }) => deploy.resources.limits.memory)).toEqual(['512M', '1024M']);
    expect(small.environment['NODE_OPTIONS']).not.toBe(large.environment['NODE_OPTIONS']);
  });

  it('hands its stop timeout to the container', async () => {
    expect((await service('staging', { stopTimeoutSeconds: '60' })).stop_grace_period).toBe('60s');
  });

  it('hands its desired count to the service', async () => {
    const { deploy } = await service('staging', { apiDesiredCount: '3', apiMaxCount: '4' });
    expect(deploy.replicas).toBe(3);
  });

  it('hands the longest boot and the tolerated outage to the health check', async () => {
    const config = {
      slowestBootSeconds: '60',
      toleratedOutageSeconds: '20',
      healthCheckIntervalSeconds: '5',
      healthyThreshold: '2',
    };
    const { healthcheck } = await service('staging', config);
    // 60 s boot and (2 + 1) × 5 s until healthy, of which failed checks cover the last 20 s.
    expect(healthcheck).toMatchObject({ retries: 20, start_period: '55s' });
  });

  it('names everything that it declares and this machine does not have', async () => {
    const graph = await evaluate('staging', { projectDirectory: fixtureProject });
    const lines = unrealised(graph, parseProgram(graph).loadBalancer);
    expect(lines.join('\n')).toMatch(/IAM.*\n|alarms.*\n|autoscaling/);
    expect(lines.filter((line) => /^(aws|awsx|docker|pulumi)[:-]/.test(line))).toEqual([]);
  });
});
